import type { Parameters } from '../../contract/parameters.js'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import type { ComponentInstance } from './components.js'
import type { PreparedAction, Scene, Step } from './mesh-adapter.js'
import type { OfferedVersion } from './offered-versions.js'
import type { StrictPolicy } from './relax-policies-step.js'
import type { ReleaseName } from './release-workloads.js'

/** What a control plane calls itself when no revision was given. */
export const defaultRevision = 'default'

/** Where an installation is or will be. */
export interface Place {
  namespace: string
  revision: string
}

/** Where a release is going to be, which components are beside it, and what the action's own `params` say. */
export interface Surroundings extends Place {
  components: readonly string[]
  params: Readonly<Record<string, unknown>>
}

/** What an install or an upgrade is to bring about. */
export interface Wanted extends Place {
  version: OfferedVersion
  instances: readonly ComponentInstance[]
  params: Readonly<Record<string, unknown>>
}

/**
 * A mesh that comes by helm charts. Its catalogue says which, in which order and from which version to which; what is here
 * is the little that one mesh does and another does not.
 */
export interface ChartMesh {
  readonly catalog: Catalog
  /** JSON Schema properties of `params` that its install asks for besides the components. */
  readonly params?: Readonly<Record<string, unknown>>
  /** Completes what an install asks for by what its `params` mean, such as the components of a data plane. */
  complete?(parameters: Parameters): Parameters
  /** What a release's name and values owe to the place of the installation and to what is there. The user's values stay on top. */
  place?(instance: ComponentInstance, place: Surroundings, scene: Scene): ComponentInstance | Promise<ComponentInstance>
  /** What an upgrade owes to what is there by then, under the values that the release has; `version` is the new one. */
  atUpgrade?(instance: ComponentInstance, scene: Scene): Promise<ComponentInstance>
  /** What must hold before an install or an upgrade, besides what must hold for every mesh. */
  check?(scene: Scene, wanted: Wanted): Promise<Finding[]>
  /** What is done before the first release, such as a Secret that its chart reads. */
  before?(scene: Scene, wanted: Wanted): Promise<Step[]>
  /** Policies by which members refuse plain calls; they are relaxed before members leave for good. */
  strict?(session: ClusterSession): Promise<StrictPolicy[]>
  /** Objects of an installation that no release holds, in the order in which they go before its releases. */
  outside?(scene: Scene, place: Place): Promise<KubeObject[]>
  /** What an uninstall takes away before the members leave: what their traffic goes through. */
  ahead?(scene: Scene, leaving: Leaving): Promise<Pick<PreparedAction, 'steps' | 'findings' | 'confirmations'>>
  /** What an uninstall takes away, or asks to be gone, when the members have left and before its releases: what only looks at a mesh, such as add-ons. */
  beside?(scene: Scene, leaving: Leaving): Promise<Pick<PreparedAction, 'steps' | 'findings' | 'confirmations'>>
}

/** An installation on its way out, with the releases that go. `others` are control planes of the same mesh that stay. */
export interface Leaving {
  place: Place
  others: readonly Place[]
  releases: readonly ReleaseName[]
  timeoutMs: number
}
