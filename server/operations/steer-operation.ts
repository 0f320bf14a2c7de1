import { AppError } from '../errors.js'
import { driveOperation } from './drive-operation.js'
import type { OperationDeps } from './operation-deps.js'
import { isFinal } from './operation-state.js'
import type { OperationRow } from './operation-store.js'
import { planOperation } from './plan-operation.js'
import type { PlanRow } from './plan-store.js'
import { findOperation, moveOperation } from './record-progress.js'
import { recoverOperation } from './recover-operations.js'
import { requestOf } from './stored-request.js'

/** Stops an operation after what it does now; one that waits for a person is closed as it is. Ended ones stay as they are. */
export async function cancelOperation(deps: OperationDeps, id: string): Promise<OperationRow> {
  const row = findOperation(deps, id)
  if (isFinal(row.state)) {
    throw new AppError('illegal-transition', `The operation has ended: it ${row.state}.`, { remedy: 'There is nothing to cancel.' })
  }
  deps.operations.update(id, { cancelRequested: true })
  if (row.state === 'running') await deps.registry.connected(row.mesh)?.cancel(id)
  if (row.state === 'planning' || row.state === 'ready') {
    moveOperation(deps, id, { state: 'cancelled', outcome: { state: 'cancelled', world: 'clean' } })
  }
  if (row.state === 'interrupted') {
    moveOperation(deps, id, { state: 'cancelled', outcome: { state: 'cancelled', world: row.outcome?.world ?? 'unknown' } })
  }
  return findOperation(deps, id)
}

/** A new plan for what an ended operation wanted; the caller starts it when it likes what it reads. */
export function retryOperation(deps: OperationDeps, id: string): PlanRow {
  const row = findOperation(deps, id)
  if (row.state === 'failed' || row.state === 'cancelled') return planOperation(deps, requestOf(deps, row), { retryOf: id })
  throw new AppError('illegal-transition', `The operation is ${row.state}; only a failed or cancelled one is retried.`, {
    remedy: row.state === 'interrupted' ? 'Resume it, or cancel it first.' : 'Read the operation again.',
  })
}

/** Goes on with an interrupted operation at the step that Recover named; looks again when the world is unknown. */
export async function resumeOperation(deps: OperationDeps, id: string): Promise<OperationRow> {
  const interrupted = findOperation(deps, id)
  if (interrupted.state === 'interrupted' && interrupted.outcome?.resumeFrom === undefined) await recoverOperation(deps, id)
  const row = findOperation(deps, id)
  const resumeFrom = row.outcome?.resumeFrom
  if (row.state !== 'interrupted' || resumeFrom === undefined) {
    throw new AppError('nothing-to-resume', 'There is nothing to go on with.', {
      cause:
        row.state === 'interrupted' ? (row.outcome?.summary ?? 'The cluster could not be looked at.') : `The operation is ${row.state}.`,
      remedy: row.state === 'interrupted' ? 'Try again when the cluster answers, or cancel the operation.' : 'Read the operation again.',
    })
  }
  deps.events.change(() => {
    deps.operations.update(id, { cancelRequested: false })
    moveOperation(deps, id, { state: 'queued' })
  })
  deps.background.start(`operation ${id}`, () => driveOperation(deps, id, resumeFrom))
  return findOperation(deps, id)
}
