import { describe, expect, it } from 'vitest'
import { OperationState } from '../../../contract/operation.js'
import { assertTransition, holdsLocks, isFinal } from '../../../server/operations/operation-state.js'

function allowed(from: OperationState): OperationState[] {
  return OperationState.options.filter((to) => {
    try {
      assertTransition(from, to)
      return true
    } catch {
      return false
    }
  })
}

describe('the states of an operation', () => {
  it('end for good in succeeded, failed and cancelled', () => {
    expect(OperationState.options.filter(isFinal)).toEqual(['succeeded', 'failed', 'cancelled'])
    for (const state of OperationState.options.filter(isFinal)) expect(allowed(state)).toEqual([])
  })

  it('never lead from running back to queued: a started operation is not started again', () => {
    expect(allowed('running')).not.toContain('queued')
    expect(allowed('running')).toEqual(['waiting-for-approval', 'interrupted', 'succeeded', 'failed', 'cancelled'])
  })

  it('let an interrupted operation be resumed, and keep its locks until its world is known', () => {
    expect(allowed('interrupted')).toContain('queued')
    expect(OperationState.options.filter(holdsLocks)).toEqual(['queued', 'running', 'waiting-for-approval', 'interrupted'])
  })
})
