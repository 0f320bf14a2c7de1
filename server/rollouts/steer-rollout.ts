import type { NewApproval } from '../../contract/rollout.js'
import { AppError } from '../errors.js'
import { followRollout, moveRollout, planStage } from './follow-rollouts.js'
import type { RolloutDeps } from './rollout-deps.js'
import { findRollout, stageFacts } from './rollout-facts.js'
import { isRolloutOver, rolloutVerbs } from './rollout-state.js'
import type { RolloutRow, RolloutStore } from './rollout-store.js'

/**
 * Starts the operation of the present stage. Throws `plan-stale` for a plan that is not the present one, and all that
 * starting throws: `plan-not-ready`, `plan-refused`, `plan-stale`, `confirmation-required`, `locked`.
 */
export function approveStage(deps: RolloutDeps, id: string, { plan, confirm }: NewApproval): RolloutRow {
  const row = findRollout(deps, id)
  const { plan: present, operation } = stageFacts(deps, row)
  if (operation !== undefined || present === undefined || isRolloutOver(row.state)) throw nothingToApprove(row)
  if (present.id !== plan) {
    throw new AppError('plan-stale', 'The plan is not the one that waits for approval.', {
      cause: `The stage was planned again: plan ${present.id}.`,
      remedy: 'Read that one, then approve it.',
    })
  }
  deps.events.change(() => {
    deps.start({ plan, ...(confirm === undefined ? {} : { confirm }) })
    followRollout(deps, id)
  })
  return findRollout(deps, id)
}

/** Plans the present stage again: what it found may be mended, or its operation failed. Throws `illegal-transition` in other states. */
export function replanStage(deps: RolloutDeps, id: string): RolloutRow {
  const row = findRollout(deps, id)
  if (!rolloutVerbs(row.state).includes('replan')) {
    throw new AppError('illegal-transition', `The rollout is ${row.state}: its stage is not planned again now.`, {
      remedy: row.state === 'interrupted' ? 'Resume or cancel the operation of the stage.' : 'Read the rollout again.',
    })
  }
  const { plan, operation } = stageFacts(deps, row)
  deps.events.change(() => {
    planStage(deps, row, operation?.id ?? plan?.retryOf)
    moveRollout(deps, row, { state: 'planning' })
  })
  return findRollout(deps, id)
}

/** No stage comes any more. What runs goes on to its end, and what was done stays. */
export function stopRollout(deps: RolloutDeps, id: string): RolloutRow {
  const row = findRollout(deps, id)
  moveRollout(deps, row, { state: 'stopped' })
  return findRollout(deps, id)
}

function nothingToApprove({ state }: RolloutRow): AppError {
  return new AppError('illegal-transition', `The rollout is ${state}: nothing waits for approval.`, {
    remedy: state === 'stage-failed' || state === 'blocked' ? 'Plan the stage again, or stop the rollout.' : 'Read the rollout again.',
  })
}

/** What keeps a cluster from being removed, in words; undefined when nothing does. */
export function rolloutOn(rollouts: RolloutStore, cluster: string): string | undefined {
  const row = rollouts.unfinished().find((each) => each.cluster === cluster)
  return row && `rollout ${row.id} (${row.mesh} ${row.version}), which is ${row.state}`
}
