import type { OperationState } from '../../contract/operation.js'
import type { Plan } from '../../contract/plan.js'
import type { RolloutState, RolloutVerb, StageState } from '../../contract/rollout.js'
import { AppError } from '../errors.js'

/** Every legal step of a rollout. From `running` it goes to the plan of the next stage, until there is none. */
const transitions: Record<RolloutState, readonly RolloutState[]> = {
  planning: ['waiting-for-approval', 'blocked', 'running', 'stopped'],
  'waiting-for-approval': ['running', 'planning', 'stopped'],
  blocked: ['planning', 'stopped'],
  running: ['planning', 'blocked', 'interrupted', 'stage-failed', 'succeeded', 'stopped'],
  interrupted: ['running', 'stopped'],
  'stage-failed': ['planning', 'running', 'stopped'],
  succeeded: [],
  stopped: [],
}

const verbs: Record<RolloutState, readonly RolloutVerb[]> = {
  planning: ['stop'],
  'waiting-for-approval': ['approve', 'replan', 'stop'],
  blocked: ['replan', 'stop'],
  running: ['stop'],
  interrupted: ['stop'],
  'stage-failed': ['replan', 'stop'],
  succeeded: [],
  stopped: [],
}

/** What a person may ask of a rollout in this state. */
export function rolloutVerbs(state: RolloutState): RolloutVerb[] {
  return [...verbs[state]]
}

/** Whether no stage comes any more. */
export function isRolloutOver(state: RolloutState): boolean {
  return transitions[state].length === 0
}

/** Throws `illegal-transition` when the table does not allow the step. */
export function assertRolloutStep(from: RolloutState, to: RolloutState): void {
  if (transitions[from].includes(to)) return
  throw new AppError('illegal-transition', `The rollout is ${from} and cannot become ${to}.`, {
    remedy: 'Read the rollout again: somebody else may have changed it.',
  })
}

/** What is stored of the present stage. A stage that could not be planned has neither. */
export interface StageFacts {
  plan: Plan['state'] | undefined
  operation: OperationState | undefined
}

/**
 * Where a rollout goes next by what is stored of its stage; undefined: nowhere. `next-stage` when the stage is done. It is
 * all that moves a rollout by itself, so that a start of the server finds the same as the event that it missed.
 */
export function nextStep(state: RolloutState, { plan, operation }: StageFacts): RolloutState | 'next-stage' | undefined {
  if (isRolloutOver(state)) return undefined
  if (operation === undefined) return state === 'planning' ? afterPlanning(plan) : undefined
  if (state !== 'running') return state === 'interrupted' && operation === 'interrupted' ? undefined : began(state, operation)
  if (operation === 'succeeded') return 'next-stage'
  if (operation === 'failed' || operation === 'cancelled') return 'stage-failed'
  return operation === 'interrupted' ? 'interrupted' : undefined
}

function afterPlanning(plan: StageFacts['plan']): RolloutState | undefined {
  if (plan === 'planning') return undefined
  return plan === 'ready' ? 'waiting-for-approval' : 'blocked'
}

// What was refused has not begun, and what failed does not begin again by itself: planned anew it is another plan.
function began(state: RolloutState, operation: OperationState): RolloutState | undefined {
  const isOver = operation === 'failed' || operation === 'cancelled'
  return state === 'blocked' || (state === 'stage-failed' && isOver) ? undefined : 'running'
}

/** The state of the present stage, which is that of its rollout as long as that goes on; of a stopped one its operation tells. */
export function stageStateOf(state: RolloutState, { operation }: StageFacts): StageState {
  if (state === 'stage-failed') return 'failed'
  if (state !== 'stopped') return state
  if (operation === undefined) return 'stopped'
  if (operation === 'failed' || operation === 'cancelled') return 'failed'
  return operation === 'succeeded' || operation === 'interrupted' ? operation : 'running'
}
