import type { OperationState, OperationVerb } from '../../contract/operation.js'
import { AppError } from '../errors.js'

/** Every legal step of an operation. `interrupted` waits for a person or for Recover's report. */
const transitions: Record<OperationState, readonly OperationState[]> = {
  planning: ['ready', 'failed', 'cancelled'],
  ready: ['queued', 'failed', 'cancelled'],
  queued: ['running', 'failed', 'cancelled', 'interrupted'],
  running: ['waiting-for-approval', 'succeeded', 'failed', 'cancelled', 'interrupted'],
  'waiting-for-approval': ['running', 'failed', 'cancelled', 'interrupted'],
  interrupted: ['queued', 'succeeded', 'failed', 'cancelled'],
  succeeded: [],
  failed: [],
  cancelled: [],
}

// Resume asks Recover first where the world is not known; retry makes a new plan.
const verbs: Record<OperationState, readonly OperationVerb[]> = {
  planning: ['cancel'],
  ready: ['cancel'],
  queued: ['cancel'],
  running: ['cancel'],
  'waiting-for-approval': ['cancel'],
  interrupted: ['resume', 'cancel'],
  succeeded: [],
  failed: ['retry'],
  cancelled: ['retry'],
}

/** What a person may ask of an operation in this state; the page and the command line offer exactly these. */
export function verbsOf(state: OperationState): OperationVerb[] {
  return [...verbs[state]]
}

export function isFinal(state: OperationState): boolean {
  return transitions[state].length === 0
}

/** Whether the operation holds its locks: from the moment it is queued until its world is known. */
export function holdsLocks(state: OperationState): boolean {
  return state === 'queued' || state === 'running' || state === 'waiting-for-approval' || state === 'interrupted'
}

/** Throws `illegal-transition` when the table does not allow the step. */
export function assertTransition(from: OperationState, to: OperationState): void {
  if (transitions[from].includes(to)) return
  throw new AppError('illegal-transition', `The operation is ${from} and cannot become ${to}.`, {
    remedy: 'Read the operation again: somebody else may have changed it.',
  })
}
