import type { Event } from '../../contract/event.js'
import type { RolloutState } from '../../contract/rollout.js'
import { dropAbsent } from '../drop-absent.js'
import { AppError } from '../errors.js'
import type { RolloutDeps } from './rollout-deps.js'
import { findRollout, stageFacts } from './rollout-facts.js'
import { stageAt, stagesOf } from './rollout-stages.js'
import { assertRolloutStep, isRolloutOver, nextStep } from './rollout-state.js'
import type { RolloutRow } from './rollout-store.js'

/** Rollouts go on when a plan is made or an operation changes its state, whoever began it. */
export function followRollouts(deps: RolloutDeps): void {
  deps.events.listen({
    event: (event) => {
      const id = rolloutOf(deps, event)
      if (id !== undefined) deps.background.start(`rollout ${id}`, async () => followRollout(deps, id))
    },
  })
}

/**
 * At the start of a server: what a rollout missed is made up for, and a plan that was cut off is made again. Nothing is
 * started, and each is work of its own: what is wrong with one stops no other.
 */
export function recoverRollouts(deps: RolloutDeps): void {
  for (const { id } of deps.rollouts.unfinished()) deps.background.start(`rollout ${id}`, async () => recoverRollout(deps, id))
}

function recoverRollout(deps: RolloutDeps, id: string): void {
  const row = findRollout(deps, id)
  const { plan } = stageFacts(deps, row)
  if (row.state !== 'planning' || plan?.failure?.code !== 'interrupted') followRollout(deps, id)
  else deps.events.change(() => planOrBlock(deps, row, plan.retryOf))
}

// Steps are told by the same kind of event, as data.step.
function rolloutOf({ rollouts, operations }: RolloutDeps, { kind, subject, data }: Event): string | undefined {
  if (kind === 'plan.changed') return rollouts.ofPlan(subject)
  return kind === 'operation.changed' && data.step === undefined ? (operations.find(subject)?.parent ?? undefined) : undefined
}

/** Moves a rollout as far as what is stored of its stage says. */
export function followRollout(deps: RolloutDeps, id: string): void {
  deps.events.change(() => {
    for (;;) {
      const row = findRollout(deps, id)
      const { plan, operation } = stageFacts(deps, row)
      const next = nextStep(row.state, { plan: plan?.state, operation: operation?.state })
      if (next === undefined) return
      if (operation !== undefined) deps.rollouts.setPlan(id, row.stage, operation.plan)
      if (next !== 'next-stage') moveRollout(deps, row, { state: next })
      else if (row.stage === stagesOf(row).length - 1) moveRollout(deps, row, { state: 'succeeded' })
      else beginStage(deps, row, row.stage + 1)
    }
  })
}

function beginStage(deps: RolloutDeps, row: RolloutRow, stage: number): void {
  const next = { ...row, stage }
  if (planOrBlock(deps, next)) moveRollout(deps, next, { state: 'planning' })
}

/** Asks for the plan of the present stage. When that throws, the rollout is blocked and says why; false then. */
function planOrBlock(deps: RolloutDeps, row: RolloutRow, retryOf: string | null = null): boolean {
  try {
    planStage(deps, row, retryOf)
    return true
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    const { cause, remedy } = error.details
    moveRollout(deps, row, { state: 'blocked', failure: { code: error.code, title: error.message, ...dropAbsent({ cause, remedy }) } })
    return false
  }
}

/** Asks for the plan of the present stage; throws what planning throws, and stores nothing then. */
export function planStage({ plan, rollouts }: RolloutDeps, row: RolloutRow, retryOf: string | null = null): void {
  const { id } = plan(stageAt(row, row.stage).request, { parent: row.id, ...dropAbsent({ retryOf }) })
  rollouts.setPlan(row.id, row.stage, id)
}

/** The only way to another state: checks the table, keeps row and event in one transaction. */
export function moveRollout(
  deps: RolloutDeps,
  row: RolloutRow,
  { state, failure = null }: Pick<RolloutRow, 'state'> & Partial<Pick<RolloutRow, 'failure'>>,
): void {
  assertRolloutStep(findRollout(deps, row.id).state, state)
  deps.events.change((append) => {
    deps.rollouts.update(row.id, { state, stage: row.stage, failure, ...(isRolloutOver(state) ? { endedAt: deps.now() } : {}) })
    append(rolloutEvent(row, state))
  })
}

const levels: Partial<Record<RolloutState, Event['level']>> = { blocked: 'warning', interrupted: 'error', 'stage-failed': 'error' }

export function rolloutEvent(row: RolloutRow, state: RolloutState) {
  const { id, cluster, mesh, version, stage } = row
  const stages = stagesOf(row)
  return {
    kind: 'rollout.changed' as const,
    level: levels[state] ?? 'info',
    cluster,
    subject: id,
    message: `rollout of ${mesh} ${version}, stage ${stage + 1} of ${stages.length} (${stages[stage]?.title}): ${state}`,
    data: { state, stage },
  }
}
