import { releaseSecret } from '../../installers/release-record.js'
import { typeOf } from '../controllers/objects.js'
import { isReady } from '../controllers/pod-state.js'
import { type JsonMap, listOf, mapOf, textOf } from '../json.js'
import type { ObjectStore } from '../object-store.js'
import { readStandIn } from '../releases/chart-stand-ins.js'
import type { ResourceCatalog } from '../resource-catalog.js'
import type { Writer } from '../writer.js'
import { baseObjects, type Scene, type SceneRelease } from './scenes.js'

export interface Stage {
  store: ObjectStore
  catalog: ResourceCatalog
  writer: Writer
}

const helm = 'helm'
const person = 'kubectl-client-side-apply'
const settleWithinMs = 5_000
const lookEveryMs = 10

/** Puts a scene up, phase after phase. Ends early, and without a word, when `signal` does: the cluster was reset meanwhile. */
export async function playScene(stage: Stage, { phases }: Scene, signal: AbortSignal): Promise<void> {
  for (const object of baseObjects) apply(stage, object, { manager: person, namespace: '' })
  reportNodeReady(stage)
  for (const { releases, objects } of phases) {
    for (const release of releases) install(stage, release)
    for (const object of objects) apply(stage, object, { manager: person, namespace: '' })
    await settled(stage, signal)
    if (signal.aborted) return
  }
}

/** As helm does: the namespace, the definitions, the objects, the record. */
function install(stage: Stage, { name, namespace, chart, version, appVersion }: SceneRelease): void {
  const standIn = readStandIn({ chart, version, release: name, namespace })
  if (!standIn) throw new Error(`no stand-in for chart ${chart} ${version}`)
  apply(stage, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { manager: helm, namespace: '' })
  for (const object of [...standIn.definitions, ...standIn.objects]) apply(stage, object, { manager: helm, namespace })
  const record = {
    name,
    namespace,
    revision: 1,
    chart: { name: chart, version, appVersion },
    values: {},
    objects: standIn.objects,
    at: Date.now(),
  }
  apply(stage, releaseSecret(record), { manager: helm, namespace })
}

function apply({ catalog, writer }: Stage, object: JsonMap, { manager, namespace }: { manager: string; namespace: string }): void {
  const resource = catalog.byKind(textOf(object.apiVersion), textOf(object.kind))
  if (!resource) throw new Error(`${textOf(object.apiVersion)} ${textOf(object.kind)} is not served`)
  const metadata = mapOf(object.metadata)
  const place = resource.namespaced ? textOf(metadata.namespace) || namespace : ''
  const { namespace: _any, ...rest } = metadata
  const placed = { ...object, metadata: place ? { ...rest, namespace: place } : rest }
  writer.patch({ resource, namespace: place, name: textOf(metadata.name) }, { type: 'apply', body: placed }, { manager, force: true })
}

function reportNodeReady({ store, writer }: Stage): void {
  const resource = typeOf('Node')
  const conditions = [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'simulated' }]
  const nodeInfo = {
    kubeletVersion: 'v1.36.3',
    osImage: 'simulated',
    containerRuntimeVersion: 'simulated://1',
    operatingSystem: 'linux',
    architecture: 'amd64',
  }
  const status = {
    conditions,
    nodeInfo,
    capacity: { cpu: '4', memory: '8Gi', pods: '250' },
    allocatable: { cpu: '4', memory: '8Gi', pods: '250' },
  }
  for (const { metadata } of store.list(resource)) {
    const patch = { type: 'merge' as const, body: { status } }
    writer.patch({ resource, namespace: '', name: metadata.name }, patch, { manager: 'kubelet', subresource: 'status' })
  }
}

/** Every pod is ready or as sick as it is meant to be, and every workload has its pods. */
async function settled({ store }: Stage, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + settleWithinMs
  const isSettled = () => {
    const workloads = ['Deployment', 'ReplicaSet'].flatMap((kind) => store.list(typeOf(kind)))
    const pods = store.list(typeOf('Pod'))
    const isSeen = workloads.every(({ metadata, status }) => mapOf(status).observedGeneration === metadata.generation)
    return isSeen && pods.length > 0 && pods.every((pod) => isReady(pod) || isSick(pod.status))
  }
  while (!isSettled() && !signal.aborted && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

function isSick(status: JsonMap[string] | undefined): boolean {
  return listOf(mapOf(status).containerStatuses).some((one) => textOf(mapOf(mapOf(mapOf(one).state).waiting).reason).endsWith('BackOff'))
}
