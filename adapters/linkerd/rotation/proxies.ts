import type { KubeObject } from '../../../kube/kube-object.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { type NamespaceApplications, readWorkloads } from '../../runtime/membership-pods.js'
import { isOver, ruleFor } from '../../runtime/pod-belonging.js'
import { linkerdCatalog } from '../linkerd-catalog.js'
import type { Stage } from './rotation-note.js'
import type { Rotation } from './rotation-state.js'
import { fingerprintsIn } from './trust-bundle.js'

// A proxy knows the anchors that its pod was made with: the injector writes the bundle as text into its environment
// (linkerd2: controller/proxy-injector/webhook.go), and proxies of the control plane take it from the ConfigMap as they start.

const planeLabel = 'linkerd.io/control-plane-ns'
const anchorsVariable = 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS'

/** Every pod with a proxy of this installation, but those of the control plane; none that ended or is on its way out. */
export async function findProxies(session: ClusterSession, namespace: string): Promise<KubeObject[]> {
  const pods = await session.list({ apiVersion: 'v1', kind: 'Pod' }, { labelSelector: `${planeLabel}=${namespace}` })
  return pods.filter((pod) => !isOver(pod) && isProxied(pod, namespace))
}

/** The same of one namespace, by workload. One with the proxy in its own template is loose: a restart would bring the same anchors. */
export async function readProxies(
  session: ClusterSession,
  { namespace, of }: { namespace: string; of: string },
): Promise<NamespaceApplications> {
  const { workloads, loose } = await readWorkloads(session, namespace, (pod) => isProxied(pod, of))
  const withProxies = workloads.filter(({ pods }) => pods.length > 0)
  const byHand = withProxies.filter(({ workload }) => anchorsOf(podOf(workload)) !== undefined)
  const why = ({ kind, metadata }: KubeObject) => `belongs to ${kind} ${metadata.name}, whose template holds the proxy and its anchors`
  return {
    workloads: withProxies.filter((each) => !byHand.includes(each)),
    loose: [...loose, ...byHand.flatMap(({ workload, pods }) => pods.map((pod) => ({ pod, why: why(workload) })))],
  }
}

/** Whether a pod is what a stage of the rotation makes of it. Where its anchors cannot be read off it, its age tells. */
export function isUpTo(stage: Stage, pod: KubeObject, { note, anchor }: Rotation): boolean {
  const since = note?.[stage] ?? ''
  if (since === '' || anchor === undefined) return false
  const { creationTimestamp = '' } = pod.metadata
  const isNew = Date.parse(creationTimestamp) > Date.parse(since)
  const anchors = anchorsOf(pod)
  if (anchors === undefined) return isNew
  if (!anchors.includes(anchor.fingerprint)) return false
  if (stage === 'forgotten') return anchors.length === 1
  // What is in use of the new issuer is not to be seen on a pod: it has it when it is younger.
  return stage === 'trusted' || isNew
}

/** Fingerprints of the anchors that a pod's proxy trusts; undefined where they do not stand in the pod itself. */
export function anchorsOf({ spec }: KubeObject): string[] | undefined {
  const { containers = [], initContainers = [] } = (spec ?? {}) as { containers?: Container[]; initContainers?: Container[] }
  const proxy = [...containers, ...initContainers].find(({ name }) => name === 'linkerd-proxy')
  const value = proxy?.env?.find(({ name }) => name === anchorsVariable)?.value
  return value === undefined ? undefined : fingerprintsIn(value)
}

/** The Deployments of the control plane, the one that signs first. */
export async function findPlane(session: ClusterSession, namespace: string): Promise<KubeObject[]> {
  const all = await session.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace })
  const componentOf = (workload: KubeObject) => ruleFor(linkerdCatalog, podOf(workload).metadata.labels)
  const plane = all.filter((workload) => componentOf(workload)?.role === 'control-plane')
  const signs = (workload: KubeObject) => componentOf(workload)?.component === 'identity'
  return [...plane.filter(signs), ...plane.filter((workload) => !signs(workload))]
}

interface Container {
  name: string
  env?: { name: string; value?: string }[]
}

function isProxied({ metadata: { labels = {} } }: KubeObject, namespace: string): boolean {
  return labels[planeLabel] === namespace && ruleFor(linkerdCatalog, labels)?.role !== 'control-plane'
}

function podOf(workload: KubeObject): KubeObject {
  const { template } = (workload.spec ?? {}) as { template?: Pick<KubeObject, 'metadata' | 'spec'> }
  return { apiVersion: 'v1', kind: 'Pod', metadata: {}, ...template }
}
