import type { GetInfoResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { DefinitionProjection, NamespaceProjection, PodProjection, WorkloadProjection } from '../kubernetes/projections.js'

/** What is known of one cluster at one moment: the input of everything that is worked out from reading it. */
export interface ClusterProjections {
  cluster: string
  pods: PodProjection[]
  namespaces: NamespaceProjection[]
  /** Deployments, DaemonSets and StatefulSets. */
  workloads: WorkloadProjection[]
  definitions: DefinitionProjection[]
  /** False while pods were never listed, or may not be: then health is unknown rather than down. */
  podsKnown: boolean
  /** False until each kind was listed once: a picture that is half there would show what is not so. */
  isComplete: boolean
}

/** The part of an adapter's description by which its mesh is recognised. */
export interface MeshDescription {
  mesh: string
  info: Pick<
    GetInfoResponse,
    | 'title'
    | 'versionRewrites'
    | 'discoveryRules'
    | 'injectionMarks'
    | 'definitionGroups'
    | 'definitionVersionAnnotation'
    | 'definitionChannelAnnotation'
  >
}
