import { expect, it } from 'vitest'
import { lockKeys } from '../../../server/operations/lock-keys.js'

const request = { cluster: 'c', mesh: 'istio', action: 'join', params: { namespaces: ['shop', 'lab'] } }

it('keeps two changes of the same namespace apart, of whichever mesh, and both from a change of the mesh itself', () => {
  expect(lockKeys(request, 'inject')).toEqual(['injection:c/shop', 'injection:c/lab', 'cluster-objects:c/istio'])
  expect(lockKeys({ ...request, mesh: 'kuma', action: 'leave' }, 'inject')).toContain('injection:c/shop')
  expect(lockKeys({ ...request, action: 'uninstall' }, 'uninstall')).toContain('cluster-objects:c/istio')
})

it('lets samples of a cluster come and go one after the other, and none while its mesh changes', () => {
  const [own, , ...others] = lockKeys({ cluster: 'c', mesh: 'kuma', action: 'install-sample' }, 'sample')
  expect(lockKeys({ cluster: 'c', mesh: 'kubernetes', action: 'remove-sample' }, 'sample')).toContain(own)
  expect(others).toEqual(['cluster-objects:c/kuma'])
})

it('keeps a sample apart from who changes the marks of its namespace', () => {
  const sample = { cluster: 'c', mesh: 'kuma', action: 'install-sample' }
  expect(lockKeys(sample, 'sample')).toContain('injection:c/meshwright-sample')
  const keys = lockKeys({ ...sample, params: { namespace: 'shop' } }, 'sample')
  expect(keys).toContain('injection:c/shop')
  expect(keys).not.toContain('injection:c/meshwright-sample')
})
