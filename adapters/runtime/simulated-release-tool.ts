import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { releaseSecret } from '../../installers/release-record.js'
import { applyObject } from '../../kube/apply-object.js'
import { deleteObject } from '../../kube/delete-object.js'
import { KubeError, kubeRequest } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { objectPath } from '../../kube/object-paths.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import type { ChartWanted } from './chart-source.js'
import type { ClusterSession } from './cluster-session.js'
import { editObject } from './field-conflicts/field-edits.js'
import type { HelmResult } from './helm-process.js'
import { forgetRecord, latestRelease, operationMark, readRelease } from './helm-releases.js'
import { helmManager } from './install-release-step.js'
import { keyOf } from './judge-object.js'
import { sortForDelete } from './manifests.js'
import { errorFinding, infoFinding } from './plan-findings.js'
import { isKept, releaseObjects } from './release-manifest.js'
import type { ReleaseRun, ReleaseTool } from './release-tool.js'
import { releaseProblems } from './release-workloads.js'
import type { ReleaseSpec, RenderedChart } from './render-chart.js'

/** Releases in a simulated cluster, from its stand-ins of charts: no helm, no package, no internet. The record is helm's own. */
export function simulatedReleaseTool(session: ClusterSession): ReleaseTool {
  return {
    charts: { find: (wanted, signal) => findStandIn(session, wanted, signal), list: async () => new Map() },
    check: async ({ revision } = { revision: '' }) =>
      revision === '' || revision === 'default' ? [simulated] : [simulated, noRevision(revision)],
    render: (spec, { signal }) => render(session, spec, signal),
    async install(spec, run) {
      const { release, namespace } = spec
      run.log('info', `${release}: a stand-in of chart ${spec.chart.chart} ${spec.chart.version}`)
      await bringAbout(run, spec, run.operation)
      return waitUntil(run, async () => (await releaseProblems(session, { release, namespace })).length === 0)
    },
    rollBack: async () => {
      throw new AdapterError('invalid-parameters', 'A simulated cluster keeps no earlier revision of a release.', {
        remedy: 'Connect a real cluster.',
      })
    },
    async uninstall({ release, namespace }, run) {
      const objects = await takeAway(run, { release, namespace })
      const isGone = async () =>
        (await Promise.all(objects.map((object) => session.get(keyOf(object))))).every((live) => live === undefined)
      return waitUntil(run, isGone)
    },
  }
}

const simulated = infoFinding({
  code: 'simulated',
  message: 'This cluster is simulated: a stand-in of the chart is installed, and nothing runs.',
  remedy: 'Connect a real cluster to install the real chart. Values change nothing here.',
})

/** Stand-ins are drawn for one revision: a second one would overwrite the first. */
function noRevision(revision: string): Finding {
  return errorFinding({
    code: 'revision-not-simulated',
    message: `A simulated cluster cannot hold the revision "${revision}".`,
    cause: 'Its stand-ins of charts know the default revision only, and would overwrite what stands there under that name.',
    remedy: 'Leave the revision out, or connect a real cluster.',
  })
}

const StandIn = z.object({ definitions: z.array(z.custom<KubeObject>()), objects: z.array(z.custom<KubeObject>()) })

async function askStandIn(session: ClusterSession, { chart, version }: Pick<ChartWanted, 'chart' | 'version'>, more: AskOptions) {
  const { signal, ...query } = more
  const path = `/_sandbox/charts/${encodeURIComponent(chart)}/${encodeURIComponent(version)}`
  return StandIn.parse(await kubeRequest(session.connection, { path, query, signal }))
}

interface AskOptions {
  signal: AbortSignal
  release?: string
  namespace?: string
}

async function findStandIn(session: ClusterSession, wanted: ChartWanted, signal: AbortSignal) {
  const { chart, version, repository } = wanted
  const found = await askStandIn(session, wanted, { signal }).catch((error: unknown) => {
    if (error instanceof KubeError && error.status === 404) return undefined
    throw error
  })
  const known = { chart, version, repository, reference: chart }
  if (found) return { ...known, file: '', digest: `stand-in ${chart} ${version}`, origin: 'the simulated cluster' }
  throw new AdapterError('chart-not-found', `Simulated clusters know no chart ${chart} ${version}.`, {
    remedy: 'Choose another version, or connect a real cluster.',
  })
}

async function render(session: ClusterSession, spec: ReleaseSpec, signal: AbortSignal): Promise<RenderedChart> {
  const { release, namespace } = spec
  const { definitions, objects } = await askStandIn(session, spec.chart, { release, namespace, signal })
  const place = async (object: KubeObject) => {
    const namespaced = (await session.resource(object))?.namespaced === true
    return namespaced ? { ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } } : object
  }
  return { objects: await Promise.all([...definitions, ...objects].map(place)), shown: [], hooks: [] }
}

/** The namespace, the objects in helm's order, then the record. */
async function bringAbout({ session, signal }: ReleaseRun, spec: ReleaseSpec, operation: string): Promise<void> {
  const { release, namespace, chart, values } = spec
  const before = await latestRelease(session, { namespace, name: release })
  const { objects: drawn } = await render(session, spec, signal)
  const objects = drawn.map((object) => editObject(object, { namespace, edits: [...(spec.edits ?? [])] }))
  const place: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { name: namespace } } }
  const isThere = (await session.get(keyOf(place))) !== undefined
  const record = releaseSecret({
    ...{ name: release, namespace, revision: (before?.revision ?? 0) + 1, values, at: Date.now() },
    chart: { name: chart.chart, version: chart.version, appVersion: chart.version },
    objects: objects.filter(({ metadata }) => metadata.annotations?.['meta.helm.sh/release-name'] === release),
    labels: { [operationMark]: operation },
  })
  for (const object of [...(isThere ? [] : [place]), ...objects, record]) {
    signal.throwIfAborted()
    await apply(session, object)
  }
  if (before) await forgetRecord(session, before)
}

async function apply(session: ClusterSession, object: KubeObject): Promise<void> {
  if ((await session.resource(object)) === undefined) session.forgetResources()
  const resource = await session.resource(object)
  if (resource === undefined) throw new AdapterError('object-refused', `The cluster does not know ${object.kind}.`)
  await applyObject(session.connection, { path: objectPath(resource, keyOf(object)), object, fieldManager: helmManager, force: true })
}

async function takeAway(
  { session, log }: ReleaseRun,
  { release, namespace }: { release: string; namespace: string },
): Promise<KubeObject[]> {
  const record = await latestRelease(session, { namespace, name: release })
  const payload = record && (await readRelease(session, record))
  if (!record || !payload) return []
  const objects = sortForDelete(await releaseObjects(session, payload, namespace)).filter((object) => !isKept(object))
  log('info', `${release}: ${objects.length} objects go`)
  for (const object of objects) {
    const resource = await session.resource(object)
    if (resource) await deleteObject(session.connection, { path: objectPath(resource, keyOf(object)) })
  }
  await forgetRecord(session, record)
  return objects
}

const lookEveryMs = 150

/** As helm ends: 0, or 1 with its words for a time that is over. */
async function waitUntil({ seconds, signal }: ReleaseRun, isDone: () => Promise<boolean>): Promise<HelmResult> {
  const deadline = Date.now() + seconds * 1000
  while (!(await isDone())) {
    if (Date.now() > deadline) return { code: 1, stdout: '', stderr: 'Error: timed out waiting for the condition' }
    await sleep(lookEveryMs, undefined, { signal })
  }
  return { code: 0, stdout: '', stderr: '' }
}
