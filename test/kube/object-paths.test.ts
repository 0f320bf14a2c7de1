import { describe, expect, it } from 'vitest'
import { collectionPath, objectPath, parseApiPath } from '../../kube/object-paths.js'

const deployments = { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true }
const nodes = { apiVersion: 'v1', plural: 'nodes', namespaced: false }

describe('paths of the API', () => {
  it('are built for namespaced and cluster-scoped kinds, names escaped', () => {
    expect(collectionPath(deployments)).toBe('/apis/apps/v1/deployments')
    expect(collectionPath(deployments, 'shop')).toBe('/apis/apps/v1/namespaces/shop/deployments')
    expect(objectPath(nodes, { name: 'one', namespace: 'ignored' })).toBe('/api/v1/nodes/one')
    expect(objectPath(deployments, { namespace: 'shop', name: '../x', subresource: 'scale' })).toBe(
      '/apis/apps/v1/namespaces/shop/deployments/..%2Fx/scale',
    )
  })

  it.each([
    ['/api/v1/nodes', { group: '', version: 'v1', resource: 'nodes' }],
    ['/api/v1/namespaces', { group: '', version: 'v1', resource: 'namespaces' }],
    ['/api/v1/namespaces/shop', { group: '', version: 'v1', resource: 'namespaces', name: 'shop' }],
    ['/api/v1/namespaces/shop/status', { group: '', version: 'v1', resource: 'namespaces', name: 'shop', subresource: 'status' }],
    ['/api/v1/namespaces/shop/finalize', { group: '', version: 'v1', resource: 'namespaces', name: 'shop', subresource: 'finalize' }],
    ['/api/v1/namespaces/shop/pods', { group: '', version: 'v1', namespace: 'shop', resource: 'pods' }],
    [
      '/api/v1/namespaces/shop/pods/web/proxy/a/b',
      { group: '', version: 'v1', namespace: 'shop', resource: 'pods', name: 'web', subresource: 'proxy/a/b' },
    ],
    [
      '/apis/apps/v1/namespaces/shop/deployments/web',
      { group: 'apps', version: 'v1', namespace: 'shop', resource: 'deployments', name: 'web' },
    ],
    ['/apis/apps/v1', { group: 'apps', version: 'v1' }],
  ])('%s is read as the API server reads it', (path, parts) => {
    expect(parseApiPath(path)).toEqual(parts)
  })

  it.each([
    '/api/v1/watch/pods',
    '/api/v1/proxy/nodes/one',
    '/api/v1//pods',
    '/api/v1/pods/',
    '/api/v1/pods/..',
    '/api/v1/pods/%2e',
    '/metrics',
    'api/v1/pods',
    '',
  ])('%j is not read at all', (path) => {
    expect(parseApiPath(path)).toBeUndefined()
  })
})
