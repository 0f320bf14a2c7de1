import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Installation } from '../../../contract/installation.js'
import { clusterTest } from '../cluster-test.js'
import { answered, apply, rejectedUpdates } from './mesh-traffic.js'
import { type MeshBed, withMesh } from './with-mesh.js'

const describe = clusterTest('osm', import.meta.url)
const soon = { timeout: 60_000, interval: 500 }

describe('Open Service Mesh on a real node', () => {
  let bed: MeshBed
  beforeAll(async () => {
    bed = await withMesh('osm')
  })
  afterAll(() => bed?.[Symbol.asyncDispose]())

  it('is recognised with the version and the pods that kubectl shows', async () => {
    const names = await bed.node.kubectl(['get', 'pods', '--namespace=osm-system', '--output=jsonpath={.items[*].metadata.name}'])
    await vi.waitFor(async () => {
      const { items } = await bed.server.get<{ items: Installation[] }>(`/api/v1/installations?cluster=${bed.cluster.id}`)
      expect(items).toMatchObject([{ mesh: 'osm', version: '1.2.4', namespace: 'osm-system' }])
      expect(items[0]?.components.map(({ pod }) => pod).sort()).toEqual(names.split(' ').sort())
    }, soon)
  })

  it('refuses what no policy allows', async () => {
    expect(answered(await bed.application.call(5, { path: '/api/x' }))).toBe(0)
  })

  it('lets through what a policy allows: this caller, this method, this path', async () => {
    await apply(bed, routes, target('echo-v1'), target('echo-v2'))
    await vi.waitFor(async () => expect(answered(await bed.application.call(20, { path: '/api/x' }))).toBe(20), soon)
    expect(answered(await bed.application.call(5, { path: '/other' }))).toBe(0)
    expect(answered(await bed.application.call(5, { path: '/api/x', method: 'POST' }))).toBe(0)
    expect(answered(await bed.application.call(5, { path: '/api/x', from: 'plain' }))).toBe(0)
  })

  it('splits traffic by weight', async () => {
    const backends = [
      { service: 'echo-v1', weight: 90 },
      { service: 'echo-v2', weight: 10 },
    ]
    const spec = { service: 'echo.member', backends }
    await apply(bed, { apiVersion: 'split.smi-spec.io/v1alpha2', kind: 'TrafficSplit', metadata: meta('echo'), spec })
    // Of 200 calls about 20 go to v2, and without the split 100; 50 is seven standard deviations from both.
    await vi.waitFor(async () => {
      const answers = await bed.application.call(200, { path: '/api/x' })
      expect(answered(answers)).toBe(200)
      expect(answers['200 v2']).toBeGreaterThan(0)
      expect(answers['200 v2']).toBeLessThan(50)
    }, soon)
  })

  it('gives Envoy no configuration that it refuses', async () => {
    expect(await rejectedUpdates(bed, 15_000)).toEqual([])
  })
})

const meta = (name: string) => ({ name, namespace: 'member' })

const routes = {
  apiVersion: 'specs.smi-spec.io/v1alpha4',
  kind: 'HTTPRouteGroup',
  metadata: meta('echo-routes'),
  spec: { matches: [{ name: 'read', pathRegex: '/api/.*', methods: ['GET'] }] },
}

function target(name: string): object {
  return {
    apiVersion: 'access.smi-spec.io/v1alpha3',
    kind: 'TrafficTarget',
    metadata: meta(name),
    spec: {
      destination: { kind: 'ServiceAccount', ...meta(name) },
      sources: [{ kind: 'ServiceAccount', ...meta('client') }],
      rules: [{ kind: 'HTTPRouteGroup', name: 'echo-routes', matches: ['read'] }],
    },
  }
}
