import type { NewOperation } from '../../contract/operation.js'
import type { ActionRequest } from '../../contract/plan.js'
import { newId } from '../database/new-id.js'
import { AppError } from '../errors.js'
import { driveOperation } from './drive-operation.js'
import { toFailure } from './failure.js'
import { lockKeys } from './lock-keys.js'
import type { OperationDeps } from './operation-deps.js'
import type { OperationRow } from './operation-store.js'
import { offeredAction, planOperation } from './plan-operation.js'
import type { PlanRow } from './plan-store.js'
import { findOperation, moveOperation } from './record-progress.js'

type Confirm = string[] | true

/**
 * Starts a plan, or plans and starts in one go. Nothing is stored when it throws: `not-found`, `plan-not-ready`,
 * `plan-refused`, `plan-stale`, `confirmation-required`, `locked`, `cluster-in-use` while the cluster is reset.
 */
export function startOperation(deps: OperationDeps, input: NewOperation): OperationRow {
  const confirm = input.confirm ?? []
  if (!('plan' in input)) {
    const { confirm: _, ...request } = input
    deps.clusters.refuseWhileReset(request.cluster)
    return planAndStart(deps, request, confirm)
  }
  const plan = findPlan(deps, input.plan)
  deps.clusters.refuseWhileReset(plan.request.cluster)
  assertStartable(deps, plan, { confirm })
  const row = { ...newOperation(plan, 'queued', confirmedCodes(plan, confirm)), parent: plan.parent }
  deps.events.change((append) => {
    deps.operations.insert(row)
    takeLocks(deps, row)
    insertSteps(deps, row.id, plan)
    append(queuedEvent(row))
  })
  deps.background.start(`operation ${row.id}`, () => driveOperation(deps, row.id))
  return row
}

/** The row of a plan; throws `not-found`. */
export function findPlan(deps: Pick<OperationDeps, 'plans'>, id: string): PlanRow {
  const plan = deps.plans.find(id)
  if (plan !== undefined) return plan
  throw new AppError('not-found', 'There is no such plan.', { remedy: 'Make one with POST /api/v1/plans.' })
}

function planAndStart(deps: OperationDeps, request: ActionRequest, confirm: Confirm): OperationRow {
  const plan = planOperation(deps, request, { onMade: () => queuePlanned(deps, row) })
  const row = newOperation(plan, 'planning', confirm)
  deps.events.change((append) => {
    deps.operations.insert(row)
    append(queuedEvent(row))
  })
  return row
}

function queuePlanned(deps: OperationDeps, row: OperationRow): void {
  if (findOperation(deps, row.id).state !== 'planning') return
  const plan = findPlan(deps, row.plan)
  try {
    assertStartable(deps, plan, { confirm: row.confirmed, own: row.id })
    deps.events.change(() => {
      moveOperation(deps, row.id, { state: 'ready' })
      takeLocks(deps, row)
      insertSteps(deps, row.id, plan)
      deps.operations.update(row.id, { confirmed: confirmedCodes(plan, row.confirmed) })
      moveOperation(deps, row.id, { state: 'queued' })
    })
  } catch (error) {
    const failure = plan.failure ?? toFailure(error)
    moveOperation(deps, row.id, { state: 'failed', error: failure, outcome: { state: 'failed', world: 'clean' } })
    return
  }
  deps.background.start(`operation ${row.id}`, () => driveOperation(deps, row.id))
}

/** `own` is the operation that the plan was made for, when both were asked for in one go. */
function assertStartable(deps: OperationDeps, plan: PlanRow, { confirm, own }: { confirm: Confirm; own?: string }): void {
  if (plan.state === 'planning') {
    throw new AppError('plan-not-ready', 'The plan is still being made.', { remedy: 'Wait until its state is ready.' })
  }
  if (plan.state !== 'ready') throw refusal(plan)
  offeredAction(deps.registry.description(plan.request.mesh), plan.request.action)
  assertAwaited(deps, plan)
  assertFresh(deps, plan, own)
  const confirmed = confirmedCodes(plan, confirm)
  const missing = plan.confirmations.filter(({ code }) => !confirmed.includes(code))
  if (missing.length === 0) return
  throw new AppError('confirmation-required', 'This plan does something that you must confirm first.', {
    cause: missing.map(({ text }) => text).join(' '),
    remedy: `Read the plan, then start it with confirm: ${JSON.stringify(missing.map(({ code }) => code))}.`,
    errors: missing.map(({ code, text }) => ({ pointer: `/confirm/${code}`, message: text })),
  })
}

function refusal({ failure, findings }: PlanRow): AppError {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const first = errors[0]
  return new AppError('plan-refused', first?.message ?? failure?.title ?? 'The plan cannot be carried out.', {
    cause: first?.cause ?? failure?.cause,
    remedy: first?.remedy ?? failure?.remedy ?? 'Make a new plan.',
    errors: errors.map(({ code, message }) => ({ pointer: `/findings/${code}`, message })),
  })
}

// A rollout follows the plan of its present stage and a retry of that plan's operation: what it would not follow is not started.
function assertAwaited(deps: OperationDeps, { id, parent, retryOf }: PlanRow): void {
  const retried = retryOf === null ? undefined : deps.operations.find(retryOf)?.plan
  if (parent === null || !deps.rollouts.goesOnWithout(parent, [id, retried])) return
  throw new AppError('plan-stale', 'The plan is out of date.', {
    cause: `Rollout ${parent} no longer waits for this plan.`,
    remedy: `Read what it waits for, then approve that: GET /api/v1/rollouts/${parent}.`,
  })
}

/** The cheap half of the check; the adapter compares the preconditions with the cluster before it changes anything. */
function assertFresh(deps: OperationDeps, plan: PlanRow, own: string | undefined): void {
  const { cluster, mesh } = plan.request
  const madeAt = plan.readyAt ?? plan.createdAt
  const others = deps.operations.list({ cluster, mesh }, { limit: 50 }).filter(({ id }) => id !== own)
  const since = others.find((other) => other.plan === plan.id || (other.startedAt ?? 0) > madeAt)
  if (since === undefined) return
  throw new AppError('plan-stale', 'The plan is out of date.', {
    cause: since.plan === plan.id ? 'It was started already.' : `Another operation on this mesh (${since.id}) ran after the plan was made.`,
    remedy: 'Make a new plan.',
  })
}

/** `true` stands for every confirmation of the plan that is not destructive. */
function confirmedCodes({ confirmations }: PlanRow, confirm: Confirm): string[] {
  return confirm === true ? confirmations.filter(({ destructive }) => !destructive).map(({ code }) => code) : confirm
}

/** Throws `locked` and names the operation that works on the same things. */
function takeLocks(deps: OperationDeps, { id, request }: OperationRow): void {
  const keys = lockKeys(request, offeredAction(deps.registry.description(request.mesh), request.action).category)
  const holder = deps.operations.lockHolder(keys)
  if (holder === undefined) {
    deps.operations.lock(id, keys)
    return
  }
  throw new AppError('locked', 'Another operation works on the same installation.', {
    cause: `Operation ${holder} has not ended yet.`,
    remedy: `Wait for it, or cancel it: POST /api/v1/operations/${holder}/cancel.`,
  })
}

function insertSteps(deps: OperationDeps, operation: string, plan: PlanRow): void {
  const steps = plan.steps.map(({ key, title, component }, position) => ({ operation, position, key, title, component }))
  deps.operations.insertSteps(steps.map((step) => ({ ...step, state: 'pending' as const })))
}

function newOperation(plan: PlanRow, state: 'planning' | 'queued', confirmed: Confirm): OperationRow {
  const { request, retryOf, simulated } = plan
  return {
    ...{ id: newId(), cluster: request.cluster, mesh: request.mesh, request, plan: plan.id, state, confirmed, simulated, retryOf },
    ...{ outcome: null, error: null, cancelRequested: false, parent: null, groupId: null, dependsOn: null },
    ...{ incarnation: '', lastN: 0, createdAt: Date.now(), startedAt: null, endedAt: null },
  }
}

function queuedEvent(row: OperationRow) {
  return {
    kind: 'operation.changed' as const,
    level: 'info' as const,
    cluster: row.cluster,
    subject: row.id,
    message: `${row.request.action} ${row.mesh}: ${row.state}`,
    data: { state: row.state },
  }
}
