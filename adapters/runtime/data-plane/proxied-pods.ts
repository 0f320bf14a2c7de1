import type { KubeObject } from '../../../kube/kube-object.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { type DryRun, dryRunPod } from '../explain/dry-run-pod.js'
import { containersOf, nextPod } from '../explain/next-pod.js'
import { judgedAtOnce } from '../judge-object.js'
import { mapAtOnce } from '../map-at-once.js'
import { type NamespaceApplications, readWorkloads } from '../membership-pods.js'
import { ruleFor } from '../pod-belonging.js'
import { proxyContainers } from '../proxy-containers.js'

/** Whose proxies are looked at. */
export interface ProxiedPlace {
  namespace: string
  /** Whether the mesh's own gateways count, too. */
  gateways: boolean
}

/** What may run beside a proxy of the mesh in a namespace, whether it does or not. The mesh's own pods get theirs from their release. */
export function readCandidates(
  session: ClusterSession,
  catalog: Catalog,
  { namespace, gateways }: ProxiedPlace,
): Promise<NamespaceApplications> {
  return readWorkloads(session, namespace, (pod) => {
    const role = ruleFor(catalog, pod.metadata.labels)?.role
    return role === undefined || (role === 'gateway' && gateways)
  })
}

/** Of these, what does run beside a proxy. A workload with one such pod counts with all of its pods: one without a proxy lags, too. */
export function proxiedOf(catalog: Catalog, { workloads, loose }: NamespaceApplications): NamespaceApplications {
  const isProxied = (pod: KubeObject) => proxyImage(catalog, pod) !== undefined
  return {
    workloads: workloads.filter(({ pods }) => pods.some(isProxied)),
    loose: loose.filter(({ pod }) => isProxied(pod)),
  }
}

/** The image of the pod's proxy; undefined for a pod without one. */
export function proxyImage(catalog: Catalog, pod: KubeObject): string | undefined {
  const names = proxyContainers(catalog)
  return containersOf(pod).find(({ name }) => names.has(name))?.image
}

/** What a new pod of a workload would be: beside which proxy, or why there is none to tell. */
export type NextProxy = { image: string } | { why: string }

/** Asks the API server for the next pod of each workload, so that nobody has to know how versions are written: keyed by uid. */
export async function readNextProxies(
  session: ClusterSession,
  catalog: Catalog,
  { workloads, signal }: { workloads: readonly KubeObject[]; signal: AbortSignal },
): Promise<Map<string, NextProxy>> {
  const asked = await mapAtOnce(judgedAtOnce, workloads, async (workload) => {
    const pod = nextPod({ pod: undefined, workload }, workload.metadata.namespace ?? '')
    return [workload.metadata.uid ?? '', nextProxy(catalog, await dryRunPod(session, pod, signal))] as const
  })
  return new Map(asked)
}

function nextProxy(catalog: Catalog, dryRun: DryRun): NextProxy {
  if (dryRun.state === 'refused') return { why: `A new pod of it is refused: ${dryRun.words}` }
  if (dryRun.state === 'unknown') return { why: dryRun.why }
  const image = proxyImage(catalog, dryRun.answer)
  return image === undefined ? { why: 'A new pod of it would have no proxy.' } : { image }
}
