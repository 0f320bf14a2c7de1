import { z } from 'zod'
import { FaultScript, SandboxReset } from '../contract/sandbox.js'
import type { Answer } from './answer.js'
import type { SimulatedCluster } from './cluster.js'
import type { Json, JsonMap } from './json.js'
import { readStandIn } from './releases/chart-stand-ins.js'
import type { KubeRequest } from './request.js'
import { badRequest, noSuchPath, StatusError } from './status-error.js'

/** Below this stands what a simulated cluster has and a real one has not. */
export const controlPrefix = '/_sandbox'

type Control = (cluster: SimulatedCluster, body: Json) => void | Promise<void>

const controls: Record<string, Control> = {
  'GET /_sandbox': () => {},
  'POST /_sandbox/reset': (cluster, body) => cluster.reset(read(SandboxReset, body).scene),
  'PUT /_sandbox/faults': (cluster, body) => cluster.faults.set(read(FaultScript, body)),
  'DELETE /_sandbox/faults': (cluster) => cluster.faults.set(undefined),
}

/** Does what is asked and answers with the state after it. */
export async function answerControl(cluster: SimulatedCluster, request: KubeRequest, body: Json): Promise<Answer> {
  const { method, path, query } = request
  const [, chart, version] = /^\/_sandbox\/charts\/([^/]+)\/([^/]+)$/.exec(path) ?? []
  if (method === 'GET' && chart !== undefined && version !== undefined) return { status: 200, body: drawChart({ chart, version }, query) }
  const control = controls[`${method} ${path}`]
  if (!control) throw noSuchPath()
  await control(cluster, body)
  return { status: 200, body: toBody(cluster) }
}

/** What helm would make of a chart. Throws 404 for charts that simulated clusters do not know. */
function drawChart({ chart, version }: { chart: string; version: string }, query: URLSearchParams): JsonMap {
  const names = { chart, version, release: query.get('release') ?? chart, namespace: query.get('namespace') ?? 'default' }
  const standIn = readStandIn(names)
  if (!standIn) throw new StatusError(404, 'NotFound', `simulated clusters have no stand-in for chart ${chart} ${version}`)
  return { ...standIn }
}

function toBody(cluster: SimulatedCluster): JsonMap {
  const { scene, scenes, objects, resourceVersion, faults } = cluster.state()
  const script: JsonMap = faults ? { faults: { seed: faults.seed, rules: faults.rules.map((rule): JsonMap => ({ ...rule })) } } : {}
  return { simulated: true, scene, scenes: scenes.map((one): JsonMap => ({ ...one })), objects, resourceVersion, ...script }
}

function read<Shape extends z.ZodType>(shape: Shape, body: Json): z.infer<Shape> {
  const parsed = shape.safeParse(body)
  if (!parsed.success) throw badRequest(z.prettifyError(parsed.error))
  return parsed.data
}
