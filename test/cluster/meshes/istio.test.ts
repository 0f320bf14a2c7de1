import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Installation } from '../../../contract/installation.js'
import type { OperationObjects } from '../../../contract/operation.js'
import { listEverything } from '../../support/list-everything.js'
import { clusterTest } from '../cluster-test.js'
import { answered, apply, installSample, rejectedUpdates } from './mesh-traffic.js'
import { type MeshBed, withMesh } from './with-mesh.js'

const describe = clusterTest('istio', import.meta.url)
const soon = { timeout: 60_000, interval: 500 }

describe('Istio on a real node, installed by Meshwright', () => {
  let bed: MeshBed
  beforeAll(async () => {
    bed = await withMesh('istio')
  })
  afterAll(() => bed?.[Symbol.asyncDispose]())

  it('counts the pods of the application as members', async () => {
    await vi.waitFor(async () => {
      const { items } = await bed.server.get<{ items: Installation[] }>(`/api/v1/installations?cluster=${bed.cluster.id}`)
      expect(items).toMatchObject([{ mesh: 'istio', version: '1.30.3', dataPlane: { injected: 3 } }])
    }, soon)
  })

  it('answers everybody until mTLS is STRICT, and then only members', async () => {
    expect(answered(await bed.application.call(20))).toBe(20)
    expect(answered(await bed.application.call(5, { from: 'plain' }))).toBe(5)
    await apply(bed, strict)
    await vi.waitFor(async () => expect(answered(await bed.application.call(5, { from: 'plain' }))).toBe(0), soon)
    expect(answered(await bed.application.call(20))).toBe(20)
  })

  it('takes our sample application in, which answers members only, and is rid of it without a trace', async () => {
    const sample = await installSample(bed, 'istio')
    await vi.waitFor(async () => {
      const answer = await sample.ask('client')
      expect(answer).toMatchObject({ service: 'caller', callee: { service: 'callee' } })
      expect(answer.calls.answered).toBeGreaterThan(2)
    }, soon)
    // 56: the connection was reset, as by whoever wants a certificate.
    await expect(sample.ask('plain')).rejects.toMatchObject({ exitCode: 56 })

    const { id } = await sample.remove()
    const { observed, complete } = await bed.server.get<OperationObjects>(`/api/v1/operations/${id}/objects`)
    expect([complete, observed.filter(({ change }) => change === 'appeared')]).toEqual([true, []])
    const left = (await listEverything(bed.node)).filter(({ namespace, name, labels }) => {
      return [namespace, name].includes('meshwright-sample') || labels['meshwright.io/sample'] !== undefined
    })
    expect(left).toEqual([])
  })

  it('splits traffic by weight', async () => {
    await apply(bed, subsets, route({}))
    // Of 200 calls about 20 go to v2, and without the split 100; 50 is seven standard deviations from both.
    await vi.waitFor(async () => {
      const answers = await bed.application.call(200)
      expect(answered(answers)).toBe(200)
      expect(answers['200 v2']).toBeGreaterThan(0)
      expect(answers['200 v2']).toBeLessThan(50)
    }, soon)
  })

  it('injects the faults that it is told to', async () => {
    await apply(bed, route({ fault: { abort: { percentage: { value: 50 }, httpStatus: 418 } } }))
    // Half of 200; 60 and 140 are more than five standard deviations away.
    await vi.waitFor(async () => {
      const answers = await bed.application.call(200)
      expect(answered(answers)).toBeGreaterThan(60)
      expect(answered(answers)).toBeLessThan(140)
      expect(Object.keys(answers).filter((answer) => !answer.startsWith('200'))).toEqual(['418 (fault filter abort)'])
    }, soon)
  })

  it('gives Envoy no configuration that it refuses', async () => {
    expect(await rejectedUpdates(bed, 15_000)).toEqual([])
  })
})

const host = 'echo.member.svc.cluster.local'
const metadata = { name: 'echo', namespace: 'member' }

const strict = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace: 'istio-system' },
  spec: { mtls: { mode: 'STRICT' } },
}

const subsets = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata,
  spec: { host, subsets: ['v1', 'v2'].map((version) => ({ name: version, labels: { version } })) },
}

function route(more: object): object {
  const to = (subset: string, weight: number) => ({ destination: { host, subset }, weight })
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'VirtualService',
    metadata,
    spec: { hosts: [host], http: [{ ...more, route: [to('v1', 90), to('v2', 10)] }] },
  }
}
