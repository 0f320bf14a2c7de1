import { join } from 'node:path'
import type { Cluster } from '../../../contract/cluster.js'
import type { Operation } from '../../../contract/operation.js'
import { endAll } from '../../support/end-all.js'
import { findShared } from '../../support/missing-tool.js'
import { type RunningServer, type ServerApi, type ServerOptions, startServer, waitFor } from '../../support/running-server.js'
import { toolPath } from '../binaries/tool-path.js'
import type { ImageName } from '../images/testbed-images.js'
import { type NodeCluster, startNodeCluster } from '../node-cluster.js'
import { operationEnded } from './begin-install.js'
import { applyEchoApplication, type EchoApplication, type EchoApplicationOptions } from './echo-application.js'
import { istioImages, istioMarks, istioValues } from './istio-values.js'
import { kumaImages, kumaMarks, kumaValues } from './kuma-values.js'
import { osmImages, osmMarks, osmValues } from './osm-values.js'

/** A node with a mesh, an application in two versions with a caller inside and one outside, and a Meshwright server that knows the cluster. */
export interface MeshBed extends AsyncDisposable {
  readonly node: NodeCluster
  readonly server: RunningServer
  readonly cluster: Cluster
  readonly application: EchoApplication
  /** How long the mesh took until it was Ready. */
  readonly installMs: number
}

type Without = Pick<MeshBed, 'node' | 'server' | 'cluster'>

interface Mesh {
  readonly images: readonly ImageName[]
  readonly marks: EchoApplicationOptions['marks']
  install(bed: Without): Promise<unknown>
}

const charts = join(findShared() ?? '', 'charts')

const meshes = {
  istio: {
    images: istioImages,
    marks: istioMarks,
    install: installIstio,
  },
  // By helm: no adapter of ours installs osm, and none knows so old a Kuma.
  osm: {
    images: osmImages,
    marks: osmMarks,
    install: ({ node }) => installByHelm(node, { mesh: 'osm', chart: join(charts, 'osm-1.2.4.tgz'), values: osmValues }),
  },
  kuma: {
    images: kumaImages,
    marks: kumaMarks,
    install: ({ node }) => installByHelm(node, { mesh: 'kuma', chart: toolPath('kuma-chart'), values: kumaValues }),
  },
} satisfies Record<string, Mesh>

/** Starts a node, installs a mesh on it (through Meshwright where it can) and puts the application into it. About a minute. */
export async function withMesh(name: keyof typeof meshes): Promise<MeshBed> {
  const { images, marks, install }: Mesh = meshes[name]
  const node = await startNodeCluster({ images })
  let server: RunningServer | undefined
  const stop = () => endAll(server, node)
  try {
    server = await startMeshServer()
    const cluster = await server.post<Cluster>('/api/v1/clusters', { name, kubeconfig: node.kubeconfigText })
    const from = performance.now()
    await install({ node, server, cluster })
    const installMs = performance.now() - from
    const application = await applyEchoApplication(node, { ...(marks ? { marks } : {}), versions: ['v1', 'v2'] })
    return { node, server, cluster, application, installMs, [Symbol.asyncDispose]: stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** A server with the test bed's helm and the charts for tests, that asks nothing of the internet. */
export function startMeshServer(options: ServerOptions = {}): Promise<RunningServer> {
  const environment = { MESHWRIGHT_HELM: toolPath('helm'), MESHWRIGHT_CHART_MIRROR: charts, MESHWRIGHT_OFFLINE: '1' }
  return startServer({ ...options, environment: { ...environment, ...options.environment } })
}

async function installIstio({ server, cluster }: Without): Promise<void> {
  const { base, istiod } = istioValues
  const components = { base: { values: base }, istiod: { values: istiod } }
  const request = { cluster: cluster.id, mesh: 'istio', action: 'install', version: '1.30.3', components, confirm: true }
  await runOperation(server, request)
}

/** Runs an operation through the REST API to its success; throws with what it said otherwise. */
export async function runOperation(server: ServerApi, request: object): Promise<Operation> {
  const { id } = await server.post<Operation>('/api/v1/operations', request)
  const ended = await waitFor(() => server.get<Operation>(`/api/v1/operations/${id}`), operationEnded, 300_000)
  if (ended.state !== 'succeeded') throw new Error(`${ended.state}: ${JSON.stringify(ended.error)}`)
  return ended
}

function installByHelm(node: NodeCluster, { mesh, chart, values }: { mesh: string; chart: string; values: object }): Promise<string> {
  const flags = [`--namespace=${mesh}-system`, '--create-namespace', '--wait', '--timeout=120s', '--values=-']
  return node.helm(['install', mesh, chart, ...flags], { input: JSON.stringify(values), timeoutMs: 150_000 })
}
