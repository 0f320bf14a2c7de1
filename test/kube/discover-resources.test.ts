import { describe, expect, it } from 'vitest'
import { connectWithToken } from '../../kube/connection.js'
import { discoverApi } from '../../kube/discover-resources.js'
import { snapshotObjects } from '../../kube/snapshot-objects.js'
import { type Handler, sendJson, sendStatus, startScriptedApi } from '../support/kubernetes/scripted-api.js'

const pods = { name: 'pods', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] }
const podLog = { name: 'pods/log', namespaced: true, kind: 'Pod', verbs: ['get'] }

// The documents of an API server before aggregated discovery, with one aggregated group whose backend is away.
const oldServer: Handler = ({ path }, response) => {
  switch (path) {
    case '/api':
      return sendJson(response, { kind: 'APIVersions', versions: ['v1'] })
    case '/apis': {
      const metrics = { name: 'metrics.k8s.io', versions: [{ version: 'v1beta1' }], preferredVersion: { version: 'v1beta1' } }
      const scaling = { name: 'autoscaling', versions: [{ version: 'v1' }, { version: 'v2' }], preferredVersion: { version: 'v2' } }
      return sendJson(response, { kind: 'APIGroupList', groups: [metrics, scaling] })
    }
    case '/api/v1':
      return sendJson(response, { resources: [pods, podLog] })
    case '/apis/autoscaling/v1':
    case '/apis/autoscaling/v2':
      return sendJson(response, { resources: [{ name: 'scalers', namespaced: true, kind: 'Scaler', verbs: ['list'] }] })
    case '/apis/metrics.k8s.io/v1beta1':
      return sendStatus(response, 503, 'ServiceUnavailable')
    case '/api/v1/pods':
      return sendJson(response, {
        metadata: { resourceVersion: '5' },
        items: [
          {
            metadata: {
              name: 'web',
              namespace: 'shop',
              uid: 'u1',
              resourceVersion: '3',
              annotations: { 'x.example/secret': 's', 'meta.helm.sh/release-name': 'r' },
            },
          },
          { metadata: { name: 'computed' } },
        ],
      })
    default:
      return sendStatus(response, 403, 'Forbidden')
  }
}

describe('discovery', () => {
  it('falls back to the documents of older servers, and one broken group hides nothing', async () => {
    await using api = await startScriptedApi(oldServer)
    const connection = connectWithToken({ url: api.url, ca: api.ca, token: 't' })
    const { resources, unavailable } = await discoverApi(connection)
    expect(resources.map((one) => [one.apiVersion, one.kind, one.preferred, one.subresources])).toEqual([
      ['v1', 'Pod', true, ['log']],
      ['autoscaling/v1', 'Scaler', false, []],
      ['autoscaling/v2', 'Scaler', true, []],
    ])
    expect(unavailable).toEqual([{ apiVersion: 'metrics.k8s.io/v1beta1', reason: expect.stringContaining('ServiceUnavailable') }])
    await connection.close()
  })

  it('reads the aggregated form in two requests, stale groups named', async () => {
    await using api = await startScriptedApi(({ path }, response) => {
      const version = {
        version: 'v1',
        resources: [
          { resource: 'pods', responseKind: { kind: 'Pod' }, scope: 'Namespaced', verbs: ['list'], subresources: [{ subresource: 'log' }] },
        ],
      }
      const stale = { metadata: { name: 'metrics.k8s.io' }, versions: [{ version: 'v1beta1', freshness: 'Stale', resources: [] }] }
      sendJson(response, { kind: 'APIGroupDiscoveryList', items: path === '/api' ? [{ versions: [version] }] : [stale] })
    })
    const connection = connectWithToken({ url: api.url, ca: api.ca, token: 't' })
    const { resources, unavailable } = await discoverApi(connection)
    expect(resources).toEqual([
      {
        group: '',
        version: 'v1',
        apiVersion: 'v1',
        kind: 'Pod',
        plural: 'pods',
        namespaced: true,
        verbs: ['list'],
        subresources: ['log'],
        preferred: true,
      },
    ])
    expect(unavailable.map(({ apiVersion }) => apiVersion)).toEqual(['metrics.k8s.io/v1beta1'])
    expect(api.seen).toHaveLength(2)
    await connection.close()
  })
})

describe('a snapshot', () => {
  it('holds metadata of what is stored, and names what it could not read', async () => {
    await using api = await startScriptedApi(oldServer)
    const connection = connectWithToken({ url: api.url, ca: api.ca, token: 't' })
    const { objects, unreadable } = await snapshotObjects(connection)
    expect(objects).toEqual([
      expect.objectContaining({ kind: 'Pod', namespace: 'shop', name: 'web', annotations: { 'meta.helm.sh/release-name': 'r' } }),
    ])
    expect(unreadable.map(({ kind }) => kind).sort()).toEqual(['autoscaling/v2/Scaler', 'metrics.k8s.io/v1beta1/*'])
    expect(api.seen.find(({ path }) => path === '/api/v1/pods')?.headers.accept).toContain('as=PartialObjectMetadataList')
    await connection.close()
  })
})
