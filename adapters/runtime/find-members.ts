import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { isOfMesh, notOver } from './pod-belonging.js'
import { whenForbidden } from './when-forbidden.js'

type Mark = Catalog['injectionMarks'][number]

/** A namespace that asks to be in the mesh, or a pod that is. */
export interface Member {
  object: KubeObject
  mode: Mark['mode']
  /** `istio-injection=enabled`: what says so. */
  mark: string
}

/** Who asks to be in the mesh, and who is in it. */
export interface Members {
  namespaces: Member[]
  pods: Member[]
}

/** Who is in the mesh, by the catalogue's marks. Pods of the mesh itself are none, nor are those that ended or are on their way out. Reads metadata only. */
export async function findMembers(session: ClusterSession, catalog: Catalog): Promise<Members> {
  const [namespaces, pods] = await Promise.all([
    findMemberNamespaces(session, catalog),
    session.list({ apiVersion: 'v1', kind: 'Pod' }, { metadataOnly: true, fieldSelector: notOver }),
  ])
  const injected = catalog.injectionMarks.filter(({ kind, scope }) => kind === 'injected' && scope === 'pod')
  return {
    namespaces,
    pods: pods
      .filter((pod) => pod.metadata.deletionTimestamp === undefined && !isOfMesh(catalog, pod.metadata.labels))
      .flatMap((pod) => memberBy(pod, injected)),
  }
}

/** Namespaces that ask to be in the mesh, whether it is there or not. Reads metadata only. */
export async function findMemberNamespaces(session: ClusterSession, { injectionMarks }: Catalog): Promise<Member[]> {
  const desired = injectionMarks.filter(({ kind, scope }) => kind === 'desired' && scope === 'namespace')
  return (await listNamespaces(session)).flatMap((namespace) => memberBy(namespace, desired))
}

/** With rights in some namespaces only, these are asked for one by one. */
async function listNamespaces(session: ClusterSession): Promise<KubeObject[]> {
  const kind = { apiVersion: 'v1', kind: 'Namespace' }
  if (session.namespaces.length === 0) return session.list(kind, { metadataOnly: true })
  const found = await Promise.all(session.namespaces.map((name) => whenForbidden(session.get({ ...kind, name }), undefined)))
  return found.flatMap((namespace) => namespace ?? [])
}

function memberBy(object: KubeObject, marks: readonly Mark[]): Member[] {
  for (const mark of marks) {
    const carried =
      mark.carrier === 'label' ? object.metadata.labels : mark.carrier === 'annotation' ? object.metadata.annotations : undefined
    const value = carried?.[mark.key]
    if (value === undefined) continue
    if (mark.valuesOut.includes(value)) return []
    if (hasValue(value, mark.valuesIn)) return [{ object, mode: mark.mode, mark: value.length < 64 ? `${mark.key}=${value}` : mark.key }]
  }
  return []
}

function hasValue(value: string | undefined, values: readonly string[]): boolean {
  return value !== undefined && (values.length === 0 || values.includes(value))
}
