import type { Handling } from '../../contract/installation.js'
import type { Parameters } from '../../contract/parameters.js'
import type {
  Confirmation,
  ExpectedLeftover,
  Finding,
  ObjectRef,
  PlannedObject,
  PlannedRelease,
  Precondition,
  Target,
} from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Arrivals } from './arrivals.js'
import type { HandOver } from './artifacts.js'
import type { Catalog } from './catalog.js'
import type { MeshChecks } from './checks/check.js'
import type { ClusterSession } from './cluster-session.js'
import type { ReleaseTool } from './release-tool.js'

/** One mesh: what is known of it as data, and what can be done with it. Everything else is the runtime's. */
export interface MeshAdapter {
  readonly catalog: Catalog
  readonly actions: readonly Action[]
  /** What a healthy installation is looked at for; missing where nothing is known of it. */
  readonly checks?: MeshChecks
}

/** One kind of thing that a mesh offers: install, uninstall, apply-manifests. */
export interface Action {
  readonly key: string
  readonly title: string
  readonly category: string
  readonly scope: 'cluster' | 'namespace' | 'workload'
  readonly destructive: boolean
  readonly requires: readonly string[]
  /** What it is to an installation that somebody made; missing where nothing depends on who did. */
  readonly handling?: Handling
  /** JSON Schema of {components, images, params}; calls that do not fit are refused before `prepare`. */
  readonly parametersSchema: Readonly<Record<string, unknown>>
  /**
   * Looks at the cluster and answers what would be done, in order; changes nothing. Asked for a plan, again before a start
   * (where only `inputs` must come out the same), and for a recovery.
   */
  prepare(call: Call, scene: Scene): Promise<PreparedAction>
}

/** What is asked for; parameters are already checked against the action's schema. */
export interface Call {
  readonly action: string
  readonly version: string
  readonly target: Target
  readonly parameters: Parameters
}

/** What an action works with. The session is closed by whoever opened it, never by an action. */
export interface Scene {
  readonly session: ClusterSession
  /** How releases of charts come and go on this cluster. */
  readonly releases: ReleaseTool
  readonly signal: AbortSignal
  /** Meshwright asks nobody outside of the cluster and this machine, and what it installs is not to do so either. */
  readonly offline: boolean
  /** Id of the operation; empty while planning. */
  readonly operation: string
  /** Whether this adapter process is at work on an operation; missing where nothing can be. */
  isRunning?(operation: string): boolean
}

/** What an action would do, before any object was looked at one by one. */
export interface PreparedAction {
  readonly steps: readonly Step[]
  readonly findings: readonly Finding[]
  readonly confirmations: readonly Confirmation[]
  readonly leftovers: readonly ExpectedLeftover[]
  /** What the plan depends on besides the call itself, such as chart digests: canonical JSON of it is hashed. */
  readonly inputs: unknown
  /** What a success comes to, as a sentence for the user; missing when the steps say it all. */
  readonly summary?: string
}

/** One visible part of an operation: it can show, do, and recognise what it does. */
export interface Step {
  readonly key: string
  readonly title: string
  readonly component: string
  readonly kind: 'helm' | 'manifests' | 'wait' | 'leave-mesh'
  /** The command that a person would run for the same effect; empty when there is none. */
  readonly equivalent: string
  /** What it would touch, judged by the API server. `arrivals` holds what earlier steps bring; the step adds its own. */
  preview(arrivals: Arrivals): Promise<StepPreview>
  run(context: StepContext): Promise<void>
  /** Where the world stands, for a recovery. Reads only. */
  inspect(): Promise<StepEvidence>
}

/** `facts` are what the judgement rests on: a start verifies them. */
export interface StepPreview {
  readonly hooks: readonly string[]
  readonly objects: readonly PlannedObject[]
  readonly findings: readonly Finding[]
  readonly facts: readonly Precondition[]
  /** For a step that brings about a helm release. */
  readonly release?: PlannedRelease
}

/** What a running step needs besides its own parts. */
export interface StepContext {
  readonly signal: AbortSignal
  /** Time by which the operation must have ended, epoch ms. */
  readonly deadline: number
  readonly log: StepLog
  /** Gives a file to the user, who can fetch it from the server. */
  readonly handOver: HandOver
}

/** Writes into the operation's log, which the user reads. */
export type StepLog = (
  level: 'debug' | 'info' | 'warning' | 'error',
  message: string,
  about?: { code?: string; object?: ObjectRef },
) => void

/** `done`: nothing left to do; `untouched`: it has not begun; `partial`: between; `traceless`: a step that leaves no trace to look for. */
export interface StepEvidence {
  readonly state: 'done' | 'untouched' | 'partial' | 'traceless'
  /** What is there or missing, in a few words. */
  readonly detail: string
}
