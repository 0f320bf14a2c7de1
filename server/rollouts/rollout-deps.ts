import type { Finding } from '../../contract/finding.js'
import type { Installation } from '../../contract/installation.js'
import type { NewOperation, OperationState } from '../../contract/operation.js'
import type { ActionRequest, Confirmation, Plan } from '../../contract/plan.js'
import type { Failure } from '../../contract/primitives.js'
import type { EventLog } from '../events/event-log.js'
import type { Idempotency } from '../http/idempotency.js'
import type { RolloutStore } from './rollout-store.js'

/** What a rollout reads of a plan. */
export interface StagePlan {
  id: string
  state: Plan['state']
  findings: Finding[]
  confirmations: Confirmation[]
  failure: Failure | null
  retryOf: string | null
}

/** What a rollout reads of an operation. */
export interface StageOperation {
  id: string
  plan: string
  state: OperationState
  error: Failure | null
  parent: string | null
}

/** A namespace as one mesh sees it: the revision or tag that it asks for, and the revisions that made its sidecars. */
export interface RevisionMember {
  namespace: string
  asks?: string
  servedBy: string[]
}

/** What rollouts need; app.ts hands in the verbs of operations and what the inventory has read. */
export interface RolloutDeps {
  rollouts: RolloutStore
  events: EventLog
  idempotency: Idempotency
  background: { start(name: string, work: () => Promise<void>): void }
  /** Throws `not-found`. */
  cluster(id: string): { simulated: boolean }
  installations(): Installation[]
  /** Every namespace of the cluster that can be read. */
  members(of: { cluster: string; mesh: string }): RevisionMember[]
  /** Throws `action-not-offered`. */
  assertOffered(mesh: string, action: string): void
  /** Records a plan and makes it in the background; throws before anything is stored. */
  plan(request: ActionRequest, options: { parent: string; retryOf?: string }): { id: string }
  /** Starts a plan; nothing is stored when it throws. */
  start(input: NewOperation): { id: string }
  plans: { find(id: string): StagePlan | undefined }
  operations: {
    find(id: string): StageOperation | undefined
    ofPlan(plan: string): StageOperation | undefined
    /** The newest that was planned as a retry of this one. */
    retryOf(operation: string): StageOperation | undefined
  }
  now(): number
}
