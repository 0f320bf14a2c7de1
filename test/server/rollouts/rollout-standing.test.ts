import { describe, expect, it } from 'vitest'
import type { RolloutStage, StageState } from '../../../contract/rollout.js'
import { stagesOf } from '../../../server/rollouts/rollout-stages.js'
import { remedyOf, standingOf } from '../../../server/rollouts/rollout-standing.js'
import type { RolloutRow } from '../../../server/rollouts/rollout-store.js'

const row: RolloutRow = {
  ...{ id: 'r', cluster: 'c', mesh: 'istio', namespace: 'istio-system', revision: 'default', version: '1.30.3', newRevision: 'next' },
  ...{ mode: 'labels', tag: null, waves: [['pay'], ['shop']], state: 'stopped', stage: 0, failure: null },
  ...{ simulated: false, createdAt: 0, endedAt: 1 },
}
const byTag: RolloutRow = { ...row, mode: 'tag', tag: 'prod' }

/** The stages with these states; one that is neither ahead nor stopped before it began has an operation. */
function stages(of: RolloutRow, ...states: StageState[]): RolloutStage[] {
  return stagesOf(of).map(({ action, title, namespaces }, position) => {
    const state = states[position] ?? 'stopped'
    return { position, action, title, namespaces, state, ...(state === 'stopped' ? {} : { operation: `op-${position}` }) }
  })
}

describe('a stopped rollout', () => {
  it('says the way on and the way back while both control planes stand', () => {
    expect(remedyOf(row, stages(row))).toBeUndefined()
    expect(remedyOf(row, stages(row, 'succeeded', 'succeeded'))).toBe(
      'To finish: let the namespaces that are left join next, then retire default. To go back: let those that moved join default again, then uninstall revision next.',
    )
  })

  it.each(['failed', 'running', 'interrupted'] as const)('says only the way on when the retire of the old revision is %s', (state) => {
    for (const of of [row, byTag]) {
      const course = of.tag === null ? [] : (['succeeded'] as const)
      const all = stages(of, 'succeeded', ...course, 'succeeded', 'succeeded', state)
      const remedy = remedyOf(of, all)
      expect(remedy).toContain(`Go forward only: let operation op-${all.length - 1} come to its end`)
      expect(remedy).toContain('until default is retired. Do not uninstall revision next')
      expect(remedy).not.toContain('go back')
      expect(standingOf(of, all)).toContain('Retiring default was begun and is not done')
    }
  })

  it('names who was not restarted once the tag points, and does not say whose sidecars they have', () => {
    expect(standingOf(row, stages(row, 'succeeded', 'succeeded'))).toBe(
      'Two control planes stand, default and next. With next: pay. With default still: shop.',
    )
    expect(standingOf(byTag, stages(byTag, 'succeeded', 'succeeded', 'succeeded'))).toBe(
      'Two control planes stand, default and next. Tag prod points at next. With next: pay. Not restarted by this rollout yet: shop.',
    )
  })
})
