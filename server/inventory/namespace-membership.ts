import type { NamespaceMembership, PodMembership } from '../../contract/installation.js'
import type { NamespaceProjection, PodProjection } from '../kubernetes/projections.js'
import type { ClusterProjections, MeshDescription } from './cluster-projections.js'
import { findParts } from './find-parts.js'
import { type Desire, desireOf, injectedMark } from './injection-marks.js'

/** A pod of an application, as one mesh sees it. */
export interface Member {
  pod: PodProjection
  /** What applies to it: its own mark before that of its namespace. */
  asks: Desire
  injected: boolean
}

/** Pods that run and are no part of the mesh itself. */
export function findMembers(description: MeshDescription, projections: Pick<ClusterProjections, 'pods' | 'namespaces'>): Member[] {
  const { info } = description
  const own = new Set(findParts(description, { pods: projections.pods, workloads: [] }).map(({ pod }) => pod))
  const namespaces = new Map(projections.namespaces.map((namespace) => [namespace.name, namespace]))
  const applications = projections.pods.filter((pod) => !isOver(pod) && !own.has(pod))
  return applications.map((pod) => {
    const ownDesire = desireOf(info.injectionMarks, 'pod', pod)
    const namespace = namespaces.get(pod.namespace)
    const asks = ownDesire.desired === 'unset' && namespace ? desireOf(info.injectionMarks, 'namespace', namespace) : ownDesire
    return { pod, asks, injected: injectedMark(info.injectionMarks, pod) !== undefined }
  })
}

/**
 * The injection matrix: what each namespace asks of each mesh, what its pods are, and how many must be restarted to become
 * what is asked. A mesh has rows when it is installed, or where a namespace asks for it or has pods in it.
 */
export function namespaceMembership(
  projections: ClusterProjections,
  { descriptions, installedMeshes }: { descriptions: MeshDescription[]; installedMeshes: Set<string> },
): NamespaceMembership[] {
  const rows = descriptions
    .filter(({ info }) => info.injectionMarks.length > 0)
    .flatMap((description) => rowsOf(projections, description))
    .filter(({ mesh, desired, injected }) => installedMeshes.has(mesh) || desired !== 'unset' || injected > 0)
  return withConflicts(rows).sort((a, b) => compare(a.namespace, b.namespace) || compare(a.mesh, b.mesh))
}

/** The application pods of one namespace as one mesh sees them, by name. */
export function podMembership(description: MeshDescription, projections: ClusterProjections, namespace: string): PodMembership[] {
  const { cluster, namespaces, pods } = projections
  const inside = { namespaces, pods: pods.filter((pod) => pod.namespace === namespace) }
  return findMembers(description, inside)
    .map((member) => ({
      ...{ cluster, namespace, pod: member.pod.name, mesh: description.mesh, desired: member.asks.desired },
      ...(member.asks.mark === undefined ? {} : { mark: member.asks.mark }),
      injected: member.injected,
      needsRestart: needsRestart(member),
    }))
    .sort((a, b) => compare(a.pod, b.pod))
}

function withConflicts(rows: Row[]): NamespaceMembership[] {
  const asking = rows.filter(({ desired }) => desired === 'in')
  return rows.map((row) => {
    const others = asking.filter(({ namespace, mesh }) => namespace === row.namespace && mesh !== row.mesh)
    return { ...row, conflicts: row.desired === 'in' ? others.map(({ mesh }) => mesh) : [] }
  })
}

type Row = Omit<NamespaceMembership, 'conflicts'>

function rowsOf(projections: ClusterProjections, description: MeshDescription): Row[] {
  const members = new Map<string, Member[]>()
  for (const member of findMembers(description, projections)) {
    const inside = members.get(member.pod.namespace) ?? []
    inside.push(member)
    members.set(member.pod.namespace, inside)
  }
  return projections.namespaces.map((namespace) => {
    const inside = members.get(namespace.name) ?? []
    const { desired, mark } = desireOf(description.info.injectionMarks, 'namespace', namespace)
    return {
      cluster: projections.cluster,
      namespace: namespace.name,
      mesh: description.mesh,
      desired,
      ...(mark === undefined ? {} : { mark }),
      total: inside.length,
      injected: inside.filter(({ injected }) => injected).length,
      needsRestart: inside.filter(needsRestart).length,
    }
  })
}

/** Sidecars come and go with a pod, in either direction; ambient members are taken in as they run. */
function needsRestart({ asks, injected }: Member): boolean {
  return asks.mode !== 'ambient' && (asks.desired === 'in') !== injected
}

function isOver({ phase }: NamespacedPhase): boolean {
  return phase === 'Succeeded' || phase === 'Failed'
}

type NamespacedPhase = Pick<PodProjection | NamespaceProjection, 'phase'>

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
