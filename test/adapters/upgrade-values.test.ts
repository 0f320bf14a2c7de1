import { describe, expect, it } from 'vitest'
import { goneFindings, pinnedFindings } from '../../adapters/runtime/upgrade-values.js'

describe('Values that an upgrade takes over', () => {
  it('are told of where they name the old version, outright or as a tag', () => {
    const values = { global: { tag: '1.29.6', image: 'registry:5000/istio/pilot:v1.29.6', hub: 'registry:5000/istio' }, replicas: 2 }
    const found = pinnedFindings('istiod', values, ['1.29.6'])
    expect(found.map(({ code, message }) => [code, /Value (\S+)/.exec(message)?.[1]])).toEqual([
      ['value-pins-version', 'global.tag'],
      ['value-pins-version', 'global.image'],
    ])
  })

  it('are told of where the old chart knew them and the new one does not', () => {
    const before = { pilot: { cpu: 1, env: {} }, legacy: { mode: 'a' } }
    const after = { pilot: { cpu: 1, env: {} } }
    const values = { pilot: { cpu: 2, env: { FOO: 'bar' } }, legacy: { mode: 'b' }, own: { note: 'x' } }
    expect(goneFindings('istiod', values, { before, after }).map(({ message }) => message)).toEqual([
      'The new chart of release istiod no longer knows value legacy.mode.',
    ])
  })

  it('are looked up where the chart keeps its defaults', () => {
    const charts = {
      before: { _internal_defaults_do_not_set: { pilot: { cpu: 1 }, old: true } },
      after: { _internal_defaults_do_not_set: { pilot: { cpu: 1 } } },
    }
    expect(goneFindings('istiod', { pilot: { cpu: 2 } }, charts)).toEqual([])
    expect(goneFindings('istiod', { old: false }, charts)).toHaveLength(1)
  })
})
