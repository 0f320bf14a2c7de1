import type { ClusterProjections, MeshDescription } from './cluster-projections.js'
import { desireOf } from './injection-marks.js'
import { findMembers } from './namespace-membership.js'

/** A namespace as one mesh sees it: which revision or tag it asks for, and which revisions made the sidecars in it. */
export interface RevisionMembership {
  namespace: string
  /** Missing where it asks for nothing; the revision without a name is `default`. */
  asks?: string
  servedBy: string[]
}

/** Every namespace that is read. What is ambient has no sidecar, and asks for no revision. */
export function revisionMembership(description: MeshDescription, projections: ClusterProjections): RevisionMembership[] {
  const { injectionMarks, discoveryRules } = description.info
  const key = discoveryRules.map(({ revisionLabel }) => revisionLabel).find((label) => label !== '') ?? ''
  const sidecars = findMembers(description, projections).filter(
    ({ pod, injected, asks }) => injected && !pod.deleting && asks.mode !== 'ambient',
  )
  return projections.namespaces.map((namespace) => {
    const { desired, mode, mark = '' } = desireOf(injectionMarks, 'namespace', namespace)
    const inside = sidecars.filter(({ pod }) => pod.namespace === namespace.name)
    const servedBy = inside.map(({ pod }) => pod.annotations[key] ?? pod.labels[key] ?? 'default')
    const asks = mark.startsWith(`${key}=`) ? mark.slice(key.length + 1) : 'default'
    return {
      namespace: namespace.name,
      ...(desired === 'in' && mode !== 'ambient' ? { asks } : {}),
      servedBy: [...new Set(servedBy)].sort(),
    }
  })
}
