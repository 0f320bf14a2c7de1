import { describe, expect, it } from 'vitest'
import { revisionOf } from '../../adapters/runtime/mesh-parts.js'

describe('The revision of an object', () => {
  it.each([
    [undefined, 'default'],
    ['', 'default'],
    ['default', 'default'],
    ['canary', 'canary'],
  ])('labelled %j is %s', (label, revision) => {
    const labels = label === undefined ? {} : { 'istio.io/rev': label }
    expect(revisionOf({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'istiod', labels } }, 'istio.io/rev')).toBe(revision)
  })
})
