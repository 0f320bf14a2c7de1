import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Installation } from '../../../contract/installation.js'
import type { Plan } from '../../../contract/plan.js'
import { clusterTest } from '../cluster-test.js'
import { answered, apply, installSample, rejectedUpdates } from './mesh-traffic.js'
import { type MeshBed, withMesh } from './with-mesh.js'

const describe = clusterTest('kuma', import.meta.url)
const soon = { timeout: 60_000, interval: 500 }
const path = '/api/x'

describe('Kuma on a real node', () => {
  let bed: MeshBed
  beforeAll(async () => {
    bed = await withMesh('kuma')
  })
  afterAll(() => bed?.[Symbol.asyncDispose]())

  it('is recognised with its version and the pods that kubectl shows', async () => {
    const names = await bed.node.kubectl(['get', 'pods', '--namespace=kuma-system', '--output=jsonpath={.items[*].metadata.name}'])
    await vi.waitFor(async () => {
      const { items } = await bed.server.get<{ items: Installation[] }>(`/api/v1/installations?cluster=${bed.cluster.id}`)
      expect(items).toMatchObject([{ mesh: 'kuma', version: '1.8.1', namespace: 'kuma-system' }])
      expect(items[0]?.components.map(({ pod }) => pod).sort()).toEqual(names.split(' ').sort())
    }, soon)
  })

  it('is not upgraded over versions that nobody tried', async () => {
    const request = { cluster: bed.cluster.id, mesh: 'kuma', action: 'upgrade', version: '2.14.3', namespace: 'kuma-system' }
    const { id } = await bed.server.post<Plan>('/api/v1/plans', request)
    await vi.waitFor(async () => {
      const plan = await bed.server.get<Plan>(`/api/v1/plans/${id}`)
      expect(plan).toMatchObject({ state: 'refused', findings: [{ code: 'upgrade-path', severity: 'error' }] })
      // The chart in Kuma's source of 1.8.1 still counts itself 1.8.0.
      expect(plan.findings[0]?.message).toBe('One cannot go from Kuma 1.8.0 to 2.14.3 in one step.')
    }, soon)
  })

  it('answers everybody until mTLS is on, and then only members', async () => {
    // A sidecar is ready before it has heard of the others.
    await vi.waitFor(async () => expect(answered(await bed.application.call(20, { path }))).toBe(20), soon)
    expect(answered(await bed.application.call(3, { path, from: 'plain' }))).toBe(3)
    await apply(bed, meshWithTls)
    await vi.waitFor(async () => expect(answered(await bed.application.call(3, { path, from: 'plain' }))).toBe(0), soon)
    await vi.waitFor(async () => expect(answered(await bed.application.call(20, { path }))).toBe(20), soon)
  })

  it('takes our sample application in, which answers members only', async () => {
    const sample = await installSample(bed, 'kuma')
    const told = { service: 'caller', callee: { service: 'callee' } }
    await vi.waitFor(async () => expect(await sample.ask('client')).toMatchObject(told), soon)
    await expect(sample.ask('plain')).rejects.toHaveProperty('exitCode')
  })

  it('refuses members too when no permission is left, and lets through the one that has one', async () => {
    await bed.node.kubectl(['delete', 'trafficpermission', '--all'])
    await vi.waitFor(async () => expect(answered(await bed.application.call(3, { path }))).toBe(0), soon)
    await apply(bed, policy('TrafficPermission', {}))
    await vi.waitFor(async () => expect(answered(await bed.application.call(20, { path }))).toBe(20), soon)
  })

  it('splits traffic by weight', async () => {
    const to = (version: string, weight: number) => ({ weight, destination: { 'kuma.io/service': echo, version } })
    await apply(bed, policy('TrafficRoute', { conf: { loadBalancer: { roundRobin: {} }, split: [to('v1', 90), to('v2', 10)] } }))
    // Of 200 calls about 20 go to v2, and without the split 100; 50 is seven standard deviations from both.
    await vi.waitFor(async () => {
      const answers = await bed.application.call(200, { path })
      expect(answered(answers)).toBe(200)
      expect(answers['200 v2']).toBeGreaterThan(0)
      expect(answers['200 v2']).toBeLessThan(50)
    }, soon)
  })

  it('injects the faults that it is told to', async () => {
    await apply(bed, policy('FaultInjection', fault))
    // Half of 200; 60 and 140 are more than five standard deviations away.
    await vi.waitFor(async () => {
      const good = answered(await bed.application.call(200, { path }))
      expect(good).toBeGreaterThan(60)
      expect(good).toBeLessThan(140)
    }, soon)
  })

  it('gives Envoy no configuration that it refuses', async () => {
    expect(await rejectedUpdates(bed, 9901)).toEqual([])
  })
})

const client = 'client_member_svc'
const echo = 'echo_member_svc_8080'

const meshWithTls = {
  apiVersion: 'kuma.io/v1alpha1',
  kind: 'Mesh',
  metadata: { name: 'default' },
  spec: { mtls: { enabledBackend: 'ca-1', backends: [{ name: 'ca-1', type: 'builtin' }] } },
}

function policy(kind: string, spec: object): object {
  const ends = { sources: [{ match: { 'kuma.io/service': client } }], destinations: [{ match: { 'kuma.io/service': echo } }] }
  const metadata = { name: 'client-to-echo' }
  return { apiVersion: 'kuma.io/v1alpha1', kind, mesh: 'default', metadata, spec: { ...ends, ...spec } }
}

// A fault needs the protocols of both ends. The client serves nothing and counts as tcp. The pods of echo stand behind two
// Services on one port, whose inbound listeners are one: only a fault for both is sure to be in it.
const fault = {
  sources: [{ match: { 'kuma.io/service': client, 'kuma.io/protocol': 'tcp' } }],
  destinations: [{ match: { 'kuma.io/service': '*', 'kuma.io/protocol': 'http' } }],
  conf: { abort: { httpStatus: 418, percentage: 50 } },
}
