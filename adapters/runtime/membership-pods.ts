import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { revisionMark, type Wish } from './membership-marks.js'
import { controllerOf, isOfMesh, isOver } from './pod-belonging.js'
import { asksFor, capturedBy } from './read-marks.js'

// Kinds that replace their pods when their template changes.
const rollingKinds = ['Deployment', 'StatefulSet', 'DaemonSet'] as const

/** The applications of one namespace: no pods of the mesh itself, none that ended, none that is on its way out. */
export interface NamespaceApplications {
  workloads: { workload: KubeObject; pods: KubeObject[] }[]
  /** Pods that no rollout replaces, each with the reason as the end of a sentence. */
  loose: { pod: KubeObject; why: string }[]
}

/** Reads the applications of a namespace and says which pod belongs to which workload. */
export async function readApplications(session: ClusterSession, catalog: Catalog, namespace: string): Promise<NamespaceApplications> {
  const found = await readWorkloads(session, namespace, (pod) => !isOfMesh(catalog, pod.metadata.labels))
  const isApplication = ({ workload }: { workload: KubeObject }) => !isOfMesh(catalog, templateOf(workload).labels)
  return { ...found, workloads: found.workloads.filter(isApplication) }
}

/** Reads workloads of a namespace with those of their pods that are wanted, and the wanted pods that no rollout replaces. */
export async function readWorkloads(
  session: ClusterSession,
  namespace: string,
  isWanted: (pod: KubeObject) => boolean,
): Promise<NamespaceApplications> {
  const list = (kind: string) => session.list({ apiVersion: 'apps/v1', kind }, { namespace })
  const [pods, replicaSets, ...lists] = await Promise.all([
    session.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace }),
    session.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet' }, { namespace, metadataOnly: true }),
    ...rollingKinds.map(list),
  ])
  const owners = new Map(replicaSets.map((replicaSet) => [replicaSet.metadata.name, controllerOf(replicaSet)]))
  const workloads = lists.flat().map((workload) => ({ workload, pods: [] as KubeObject[] }))
  const loose: NamespaceApplications['loose'] = []
  for (const pod of pods) {
    if (isOver(pod) || !isWanted(pod)) continue
    const direct = controllerOf(pod)
    const owner = direct?.kind === 'ReplicaSet' ? owners.get(direct.name) : direct
    const home = workloads.find(({ workload }) => workload.kind === owner?.kind && workload.metadata.name === owner.name)
    const why = home ? whyNotRolled(home.workload) : owner ? `belongs to ${owner.kind} ${owner.name}` : 'stands alone'
    if (why !== undefined) loose.push({ pod, why })
    else home?.pods.push(pod)
  }
  return { workloads: workloads.filter(({ workload }) => whyNotRolled(workload) === undefined), loose }
}

/** Labels and annotations of a workload's pod template. */
export function templateOf({ spec }: KubeObject): { labels?: Record<string, string>; annotations?: Record<string, string> } {
  return (spec as { template?: { metadata?: object } } | undefined)?.template?.metadata ?? {}
}

/** `revision`: which one takes pods in there now; undefined when that is not known, and then every revision will do. */
export interface Expectation {
  wish: Wish
  revision: string | undefined
}

/** Whether a pod is what is wished of its namespace. A pod that opted out is to be out, and one of the host's network gets no sidecar. */
export function isAsWished(catalog: Catalog, pod: KubeObject, { wish, revision }: Expectation): boolean {
  const captured = capturedBy(catalog, pod)
  if (wish.to === 'leave' || asksFor(catalog, 'pod', pod.metadata) === 'out') return captured === undefined
  if (captured?.mode !== wish.mode) return wish.mode === 'sidecar' && isOnHostNetwork(pod)
  const key = revisionMark(catalog)?.key
  const { labels = {}, annotations = {} } = pod.metadata
  const own = key === undefined || captured.mode !== 'sidecar' ? undefined : (annotations[key] ?? labels[key])
  return own === undefined || revision === undefined || own === revision
}

/** Whether only a new pod can become what is wished: a sidecar comes and goes with its pod, the node's proxy does not. */
export function needsNewPod(catalog: Catalog, pod: KubeObject, expectation: Expectation): boolean {
  if (isAsWished(catalog, pod, expectation)) return false
  const { wish } = expectation
  return capturedBy(catalog, pod)?.mode === 'sidecar' || (wish.to === 'join' && wish.mode === 'sidecar')
}

function isOnHostNetwork({ spec }: KubeObject): boolean {
  return (spec as { hostNetwork?: boolean } | undefined)?.hostNetwork === true
}

function whyNotRolled({ kind, metadata, spec }: KubeObject): string | undefined {
  const { paused, updateStrategy } = (spec ?? {}) as { paused?: boolean; updateStrategy?: { type?: string } }
  if (paused) return `belongs to ${kind} ${metadata.name}, whose rollout is paused`
  if (updateStrategy?.type === 'OnDelete') return `belongs to ${kind} ${metadata.name}, which replaces pods only when they are deleted`
  return undefined
}
