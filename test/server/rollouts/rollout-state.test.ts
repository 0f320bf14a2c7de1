import { describe, expect, it } from 'vitest'
import { OperationState } from '../../../contract/operation.js'
import { RolloutState } from '../../../contract/rollout.js'
import {
  assertRolloutStep,
  isRolloutOver,
  nextStep,
  rolloutVerbs,
  type StageFacts,
  stageStateOf,
} from '../../../server/rollouts/rollout-state.js'

const none: StageFacts = { plan: undefined, operation: undefined }
const plans = ['planning', 'ready', 'refused', 'failed'] as const
const facts: StageFacts[] = [
  none,
  ...plans.map((plan) => ({ plan, operation: undefined })),
  ...OperationState.options.map((operation) => ({ plan: 'ready' as const, operation })),
]

function allowed(from: RolloutState): RolloutState[] {
  return RolloutState.options.filter((to) => {
    try {
      assertRolloutStep(from, to)
      return true
    } catch {
      return false
    }
  })
}

/** Where a rollout comes to rest, with every state on the way. */
function walk(state: RolloutState, of: StageFacts): (RolloutState | 'next-stage')[] {
  const next = nextStep(state, of)
  return next === undefined ? [] : next === 'next-stage' ? [next] : [next, ...walk(next, of)]
}

describe('the states of a rollout', () => {
  it('end for good in succeeded and stopped, and can be stopped until then', () => {
    expect(RolloutState.options.filter(isRolloutOver)).toEqual(['succeeded', 'stopped'])
    for (const state of RolloutState.options) {
      expect([state, allowed(state).includes('stopped')]).toEqual([state, !isRolloutOver(state)])
      expect([state, rolloutVerbs(state).includes('stop')]).toEqual([state, !isRolloutOver(state)])
    }
  })

  it('come to an operation only where a plan was to be read, or where one was under way', () => {
    expect(RolloutState.options.filter((state) => allowed(state).includes('running'))).toEqual([
      'planning',
      'waiting-for-approval',
      'interrupted',
      'stage-failed',
    ])
    expect(RolloutState.options.filter((state) => rolloutVerbs(state).includes('approve'))).toEqual(['waiting-for-approval'])
    expect(RolloutState.options.filter((state) => rolloutVerbs(state).includes('replan'))).toEqual([
      'waiting-for-approval',
      'blocked',
      'stage-failed',
    ])
  })

  it('are never moved by themselves where the table has no way, and come to rest', () => {
    for (const state of RolloutState.options) {
      for (const of of facts) {
        const way = [state, ...walk(state, of)]
        for (const [index, to] of way.slice(1).entries()) {
          const from = way[index]
          if (to === 'next-stage' || from === undefined || from === 'next-stage') continue
          expect([state, of, from, allowed(from).includes(to)]).toEqual([state, of, from, true])
        }
      }
    }
  })

  it('follow the plan while there is no operation, and the operation from then on', () => {
    expect(plans.map((plan) => walk('planning', { plan, operation: undefined }))).toEqual([
      [],
      ['waiting-for-approval'],
      ['blocked'],
      ['blocked'],
    ])
    const comesTo = (state: RolloutState, operation: OperationState) => walk(state, { plan: 'ready', operation })
    expect(comesTo('waiting-for-approval', 'queued')).toEqual(['running'])
    expect(comesTo('waiting-for-approval', 'failed')).toEqual(['running', 'stage-failed'])
    expect(comesTo('running', 'succeeded')).toEqual(['next-stage'])
    expect(comesTo('running', 'cancelled')).toEqual(['stage-failed'])
    expect(comesTo('running', 'interrupted')).toEqual(['interrupted'])
    expect(comesTo('interrupted', 'interrupted')).toEqual([])
    expect(comesTo('interrupted', 'succeeded')).toEqual(['running', 'next-stage'])
    expect(comesTo('stage-failed', 'failed')).toEqual([])
    // A retry that somebody began on the page of the operation.
    expect(comesTo('stage-failed', 'running')).toEqual(['running'])
    expect(comesTo('stopped', 'succeeded')).toEqual([])
  })

  it('tell of the last stage of a stopped rollout what its operation came to', () => {
    const of = (operation: OperationState | undefined) => stageStateOf('stopped', { plan: 'ready', operation })
    expect([of(undefined), of('running'), of('succeeded'), of('cancelled')]).toEqual(['stopped', 'running', 'succeeded', 'failed'])
    expect(stageStateOf('stage-failed', none)).toBe('failed')
    expect(stageStateOf('blocked', none)).toBe('blocked')
  })
})
