import { describe, expect, it } from 'vitest'
import { type LabelSelector, matchesLabels, unmetTerm } from '../../kube/label-selector.js'

const term = (key: string, operator: string, values?: string[]): LabelSelector => ({
  matchExpressions: [{ key, operator, ...(values ? { values } : {}) }],
})
const labels = { team: 'shop', tier: 'front' }

describe('A label selector', () => {
  it.each<[string, LabelSelector | undefined]>([
    ['no selector', undefined],
    ['an empty selector', {}],
    ['a label as wished', { matchLabels: { team: 'shop' } }],
    ['one of several values', term('team', 'In', ['pay', 'shop'])],
    ['a value that is not among those left out', term('team', 'NotIn', ['pay'])],
    ['a missing label where values are left out', term('zone', 'NotIn', ['a'])],
    ['a label that is set', term('tier', 'Exists')],
    ['a label that is not set', term('zone', 'DoesNotExist')],
  ])('selects by %s', (_what, selector) => {
    expect(matchesLabels(selector, labels)).toBe(true)
    expect(unmetTerm(selector, { labels, of: 'namespace shop' })).toBeUndefined()
  })

  it.each<[LabelSelector, string]>([
    [{ matchLabels: { zone: 'a' } }, 'label zone is not set on namespace shop'],
    [{ matchLabels: { team: 'pay' } }, 'label team is "shop" on namespace shop, and it must be "pay"'],
    [term('team', 'In', ['pay', 'sell']), 'label team is "shop" on namespace shop, and it must be "pay" or "sell"'],
    [term('team', 'NotIn', ['shop']), 'label team is "shop" on namespace shop, and it must not be "shop"'],
    [term('zone', 'Exists'), 'label zone is not set on namespace shop'],
    [term('tier', 'DoesNotExist'), 'label tier is "front" on namespace shop, and it must not be set'],
    [term('tier', 'Like', ['f']), 'label tier is "front" on namespace shop, and the operator Like is not known'],
    [{ matchLabels: { team: 'shop' }, ...term('zone', 'In', ['a']) }, 'label zone is not set on namespace shop'],
  ])('names the first term that does not hold: %j', (selector, words) => {
    expect(matchesLabels(selector, labels)).toBe(false)
    expect(unmetTerm(selector, { labels, of: 'namespace shop' })).toBe(words)
  })
})
