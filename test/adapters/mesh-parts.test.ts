import { describe, expect, it } from 'vitest'
import { revisionOf } from '../../adapters/runtime/revisions.js'

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

  it('is what its injector wrote on a pod, and not the tag that the pod asked for', () => {
    const metadata = { name: 'web', labels: { 'istio.io/rev': 'prod' }, annotations: { 'istio.io/rev': '1-30-3' } }
    expect(revisionOf({ apiVersion: 'v1', kind: 'Pod', metadata }, 'istio.io/rev')).toBe('1-30-3')
  })
})
