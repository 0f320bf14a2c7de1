import type { Rollout, RolloutStage } from '../../contract/rollout.js'
import { dropAbsent } from '../drop-absent.js'
import type { RolloutDeps } from './rollout-deps.js'
import { findRollout, stageFacts } from './rollout-facts.js'
import { stagesOf } from './rollout-stages.js'
import { remedyOf, standingOf } from './rollout-standing.js'
import { rolloutVerbs, stageStateOf } from './rollout-state.js'
import type { RolloutRow } from './rollout-store.js'

export function viewRollout(deps: RolloutDeps, { id }: Pick<RolloutRow, 'id'>): Rollout {
  const row = findRollout(deps, id)
  const { cluster, mesh, namespace, revision, version, newRevision, mode, tag, state, stage, simulated } = row
  const byStage = deps.rollouts.plans(id)
  const { plan, operation } = stageFacts(deps, row, byStage)
  const stages = viewStages(deps, row, byStage)
  const waits = plan !== undefined && (state === 'waiting-for-approval' || state === 'blocked')
  return {
    ...{ id, kind: 'canary', simulated, cluster, mesh, namespace, revision, version, newRevision, mode, ...dropAbsent({ tag }) },
    ...{ state, stage, stages },
    ...(waits ? { approval: { plan: plan.id, findings: plan.findings, confirmations: plan.confirmations } } : {}),
    ...dropAbsent({ failure: row.failure ?? (waits ? plan.failure : operation?.error) }),
    standing: standingOf(row, stages),
    ...dropAbsent({ remedy: remedyOf(row, stages) }),
    can: rolloutVerbs(state),
    createdAt: new Date(row.createdAt).toISOString(),
    ...dropAbsent({ endedAt: row.endedAt === null ? null : new Date(row.endedAt).toISOString() }),
  }
}

function viewStages(deps: RolloutDeps, row: RolloutRow, byStage: Map<number, string>): RolloutStage[] {
  return stagesOf(row).map(({ action, title, namespaces }, position) => {
    const { plan, operation } = stageFacts(deps, { ...row, stage: position }, byStage)
    const facts = { plan: plan?.state, operation: operation?.state }
    const ahead = row.state === 'stopped' ? 'stopped' : 'pending'
    const state = position < row.stage ? 'succeeded' : position > row.stage ? ahead : stageStateOf(row.state, facts)
    return {
      position,
      action,
      title,
      namespaces,
      state,
      // Planned again, a stage has done nothing by that plan yet, and may have done a part by what the plan is a retry of.
      ...dropAbsent({ plan: plan?.id, operation: operation?.id ?? plan?.retryOf }),
    }
  })
}
