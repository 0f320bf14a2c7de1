import type { Logger } from 'pino'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { RequestedObject } from '../../contract/operation.js'
import type { KubeConnection } from '../../kube/connection.js'
import type { AdapterRegistry } from '../adapter-link/adapter-registry.js'
import type { SecretBox } from '../database/secrets.js'
import type { EventLog } from '../events/event-log.js'
import type { Idempotency } from '../http/idempotency.js'
import type { BackgroundWork } from './background-work.js'
import type { OperationArtifactStore } from './operation-artifact-store.js'
import type { OperationLogStore } from './operation-log-store.js'
import type { OperationObjectStore } from './operation-object-store.js'
import type { OperationStore } from './operation-store.js'
import type { PlanStore } from './plan-store.js'

/** Permission for one adapter to reach one cluster through the broker. */
export interface OpenGrant {
  url: string
  ca: string
  token: string
  expiresAt: Date
  /** The fence: refuses what is new, drains what is in flight. */
  revoke(): Promise<void>
}

export interface GrantRequest {
  operation: string
  cluster: string
  mode: 'read' | 'dry-run' | 'write'
  expiresAt: Date
  /** Called for each change that passed; a grant without it is for reading only. */
  onRequested: (object: RequestedObject) => void
}

/** What operations need of clusters; app.ts makes it from the clusters feature and the broker. */
export interface ClusterAccess {
  /** Throws `not-found`. */
  find(cluster: string): Pick<Cluster, 'id' | 'name' | 'scope' | 'simulated'>
  /** Throws `cluster-in-use` while the cluster begins anew: nothing may be built on it. */
  refuseWhileReset(cluster: string): void
  connection(cluster: string): Promise<KubeConnection>
  openGrant(request: GrantRequest): Promise<OpenGrant>
}

export interface OperationDeps {
  registry: AdapterRegistry
  clusters: ClusterAccess
  events: EventLog
  idempotency: Idempotency
  background: BackgroundWork
  /** The installation with this id as the inventory sees it; throws `not-found`. */
  installationOf(id: string): Pick<Installation, 'cluster' | 'mesh' | 'namespace' | 'revision'>
  plans: PlanStore
  /** Whether a rollout is not over and its present stage has none of these plans, and the plans that rollouts may still start. */
  rollouts: { goesOnWithout(rollout: string, plans: (string | undefined)[]): boolean; openPlans(): string[] }
  secrets: SecretBox
  operations: OperationStore
  logs: OperationLogStore
  objects: OperationObjectStore
  artifacts: OperationArtifactStore
  log: Logger
  /** Aborts when the server shuts down: work is left as it is and recovered at the next start. */
  closing: AbortSignal
}

/** For grants that let no change pass. */
export function neverAsked({ verb, object }: RequestedObject): never {
  throw new Error(`a grant without the right to change let ${verb} ${object.kind} ${object.name} pass`)
}
