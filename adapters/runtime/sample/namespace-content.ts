import { KubeError } from '../../../kube/kube-client.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { ClusterSession } from '../cluster-session.js'
import { mapAtOnce } from '../map-at-once.js'
import { sampleLabel } from './sample-names.js'

/** What is in a namespace, metadata only: without what Kubernetes, a platform or a mesh puts into every one, and without what belongs to something else in it. */
export interface NamespaceContent {
  ours: KubeObject[]
  foreign: KubeObject[]
  /** Kinds that could not be listed, each with the API server's reason: nothing is known of them. */
  unseen: string[]
}

const listedAtOnce = 8

/** For a kind that may not be listed, is served no more, cannot be listed, or whose aggregated API is away. Any other failure says nothing lasting of it. */
const unseenStatuses = [403, 404, 405, 503]

/** Looks through every kind that can be listed. An object comes and goes with its owners, so these alone are told where they were looked for. */
export async function readContent(session: ClusterSession, namespace: string): Promise<NamespaceContent> {
  const kinds = (await session.resources()).filter(({ namespaced, preferred, verbs }) => namespaced && preferred && verbs.includes('list'))
  const unseen: string[] = []
  const lookedThrough = new Set<string>()
  const lists = await mapAtOnce(listedAtOnce, kinds, async (kind) => {
    const list = await session.list(kind, { namespace, metadataOnly: true }).catch((error: unknown) => {
      if (!(error instanceof KubeError) || !unseenStatuses.includes(error.status)) throw error
      unseen.push(`${kind.apiVersion} ${kind.kind} (${error.status} ${error.reason})`)
      return undefined
    })
    if (list) lookedThrough.add(groupKind(kind))
    return list ?? []
  })
  const isTold = ({ metadata: { ownerReferences = [] } }: KubeObject) =>
    ownerReferences.length > 0 && ownerReferences.every((owner) => lookedThrough.has(groupKind(owner)))
  const objects = lists.flat().filter((object) => !isTold(object))
  // What is computed has no uid, and one object can be served by two groups.
  const own = [...new Map(objects.flatMap((object) => (object.metadata.uid ? [[object.metadata.uid, object] as const] : []))).values()]
  const settled = own.filter((object) => !isFurniture(object))
  const isOurs = ({ metadata }: KubeObject) => metadata.labels?.[sampleLabel] !== undefined
  return { ours: settled.filter(isOurs), foreign: settled.filter((object) => !isOurs(object)), unseen: unseen.sort() }
}

/** An owner may be named by another version than the one that was listed. */
function groupKind({ apiVersion, kind }: { apiVersion: string; kind: string }): string {
  return `${apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''} ${kind}`
}

/** Whose doing it is that an object is in every namespace, so that it says nothing about this one. */
const furniture: readonly { kind: string; name?: RegExp; by: string }[] = [
  { kind: 'Event', by: 'Kubernetes: a report about an object' },
  { kind: 'Endpoints', by: 'Kubernetes: comes and goes with a Service, and has no owner' },
  { kind: 'ServiceAccount', name: /^default$/, by: 'Kubernetes' },
  { kind: 'ConfigMap', name: /^kube-root-ca\.crt$/, by: 'Kubernetes' },
  { kind: 'ServiceAccount', name: /^(builder|deployer)$/, by: 'OpenShift' },
  { kind: 'ConfigMap', name: /^openshift-service-ca\.crt$/, by: 'OpenShift' },
  { kind: 'RoleBinding', name: /^system:/, by: 'OpenShift' },
  { kind: 'Secret', name: /^(default|builder|deployer|caller|callee)-dockercfg-/, by: 'OpenShift: for each ServiceAccount' },
  { kind: 'ConfigMap', name: /^istio-ca-(root-cert|crl)$/, by: 'Istio' },
]

function isFurniture({ kind, metadata }: KubeObject): boolean {
  return furniture.some((each) => each.kind === kind && (each.name?.test(metadata.name ?? '') ?? true))
}
