import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { controllerOf, notOver, ruleFor } from './pod-belonging.js'
import { revisionLabel, revisionOf } from './revisions.js'

/** A pod of a gateway, and the revision whose injector made its proxy. */
export interface GatewayPod {
  pod: KubeObject
  revision: string
}

/** The pods of the mesh's gateways that are not on their way out. Reads metadata only. */
export async function findGatewayPods(session: ClusterSession, catalog: Catalog): Promise<GatewayPod[]> {
  const pods = await session.list({ apiVersion: 'v1', kind: 'Pod' }, { metadataOnly: true, fieldSelector: notOver })
  return pods
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && ruleFor(catalog, pod.metadata.labels)?.role === 'gateway')
    .map((pod) => ({ pod, revision: revisionOf(pod, revisionLabel(catalog)) }))
}

/** The revision of a workload by its newest pod among these; undefined when it has none. */
export function revisionOfPods(workload: KubeObject, pods: readonly GatewayPod[]): string | undefined {
  const own = pods.filter(({ pod }) => isPodOf(workload, pod))
  const [newest] = own.sort(({ pod: left }, { pod: right }) => bornAt(right).localeCompare(bornAt(left)))
  return newest?.revision
}

function isPodOf({ kind, metadata }: KubeObject, pod: KubeObject): boolean {
  const owner = controllerOf(pod)
  if (owner === undefined || pod.metadata.namespace !== metadata.namespace) return false
  // A ReplicaSet is called after its Deployment and the hash of its template.
  const name = owner.kind === 'ReplicaSet' ? owner.name.slice(0, owner.name.lastIndexOf('-')) : owner.name
  return name === metadata.name && (owner.kind === kind || (owner.kind === 'ReplicaSet' && kind === 'Deployment'))
}

function bornAt({ metadata: { creationTimestamp = '' } }: KubeObject): string {
  return creationTimestamp
}
