import { AppError } from '../errors.js'
import type { RolloutDeps, StageOperation, StagePlan } from './rollout-deps.js'
import type { RolloutRow } from './rollout-store.js'

/** The row of a rollout; throws `not-found`. */
export function findRollout(deps: Pick<RolloutDeps, 'rollouts'>, id: string): RolloutRow {
  const row = deps.rollouts.find(id)
  if (row !== undefined) return row
  throw new AppError('not-found', 'There is no such rollout.', { remedy: 'GET /api/v1/rollouts lists them.' })
}

/**
 * The plan of the present stage and its operation; `byStage` is the stored plan of each. A failed operation that was retried
 * by itself is followed by its retry.
 */
export function stageFacts(
  { rollouts, plans, operations }: RolloutDeps,
  { id, stage }: RolloutRow,
  byStage = rollouts.plans(id),
): { plan: StagePlan | undefined; operation: StageOperation | undefined } {
  const stored = byStage.get(stage)
  let operation = stored === undefined ? undefined : operations.ofPlan(stored)
  for (let retry = operation; retry?.parent === id; retry = operations.retryOf(retry.id)) operation = retry
  const plan = operation?.plan ?? stored
  return { plan: plan === undefined ? undefined : plans.find(plan), operation }
}
