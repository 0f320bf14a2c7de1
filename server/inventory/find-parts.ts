import type { DiscoveryRule } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { PodProjection, WorkloadProjection } from '../kubernetes/projections.js'
import type { ClusterProjections, MeshDescription } from './cluster-projections.js'
import { type Candidate, hasKnownImage, matchRule } from './match-discovery.js'

/** A pod or workload that a rule of the mesh has recognised. */
export interface Part {
  rule: DiscoveryRule
  namespace: string
  /** Empty when it has no revision of its own, as node components have none. */
  revision: string
  /** What the rule looked at: the pod's own fields, or those of the workload's template. */
  candidate: Candidate
  pod?: PodProjection
  workload?: WorkloadProjection
}

/** Everything of a mesh's own in a cluster, pods of its set-up Jobs included. A workload tells who installed it, and stands for its pods while it has none. */
export function findParts({ info }: MeshDescription, projections: Pick<ClusterProjections, 'pods' | 'workloads'>): Part[] {
  const objects = [...projections.pods.map(ofPod), ...projections.workloads.map(ofWorkload)]
  const marked = objects.flatMap((object) => toPart(info.discoveryRules.filter(hasOwnMarks), object))
  const beside = info.discoveryRules.filter((rule) => !hasOwnMarks(rule))
  const homes = new Set(marked.filter(isControlPlane).map(({ namespace }) => namespace))
  if (beside.length === 0 || homes.size === 0) return marked
  const known = new Set(marked.map(({ candidate }) => candidate))
  const nearby = objects.filter(({ candidate, namespace }) => homes.has(namespace) && !known.has(candidate))
  const guests = nearby.flatMap((object) => toPart(beside, object)).filter(({ rule, candidate }) => hasKnownImage(rule, candidate))
  return [...marked, ...guests]
}

export function isControlPlane({ rule }: Part): boolean {
  return rule.role === 'control-plane'
}

type Seen = Pick<Part, 'namespace' | 'candidate' | 'pod' | 'workload'>

function ofPod(pod: PodProjection): Seen {
  return { namespace: pod.namespace, candidate: pod, pod }
}

function ofWorkload(workload: WorkloadProjection): Seen {
  const { namespace, templateLabels, templateAnnotations, containers } = workload
  return { namespace, candidate: { labels: templateLabels, annotations: templateAnnotations, containers }, workload }
}

function toPart(rules: DiscoveryRule[], seen: Seen): Part[] {
  const rule = matchRule(rules, seen.candidate)
  if (rule === undefined) return []
  const revision = rule.revisionLabel === '' ? '' : (seen.candidate.labels[rule.revisionLabel] ?? '')
  return [{ ...seen, rule, revision }]
}

function hasOwnMarks({ besideControlPlane }: DiscoveryRule): boolean {
  return !besideControlPlane
}
