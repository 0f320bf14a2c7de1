import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { KubeConnection } from '../../../kube/connection.js'
import { kubeRequest } from '../../../kube/kube-client.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { connectCluster } from '../../../server/kubernetes/connect-cluster.js'
import { parseUploadedKubeconfig } from '../../../server/kubernetes/kubeconfig.js'
import { type Reflector, type ReflectorState, startReflector } from '../../../server/kubernetes/reflector.js'
import { startApiCluster } from '../../cluster/api-cluster.js'
import { clusterTest } from '../../cluster/cluster-test.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { startTcpProxy } from '../../support/kubernetes/tcp-proxy.js'

const describe = clusterTest('api', import.meta.url)
const maps = '/api/v1/namespaces/shop/configmaps'

describe('a reflector on a real API server', () => {
  let cluster: TestCluster
  let admin: KubeConnection
  const ending = new AbortController()

  beforeAll(async () => {
    cluster = await startApiCluster()
    admin = connectCluster(parseUploadedKubeconfig(cluster.kubeconfigText))
    await cluster.kubectl(['create', 'namespace', 'shop'])
  })
  afterAll(async () => {
    ending.abort()
    await admin?.close()
    await cluster?.stop()
  })

  const reflectMaps = (connection: KubeConnection, states: ReflectorState[] = []): Reflector<string> =>
    startReflector<KubeObject, string>({
      connection,
      resource: { apiVersion: 'v1', plural: 'configmaps', namespaced: true },
      namespace: 'shop',
      project: ({ metadata }) => metadata.name ?? '',
      onChange: () => undefined,
      onState: (state) => states.push(state),
      signal: ending.signal,
      // The waits of a minute would be the test's own.
      clock: { now: Date.now, sleep: (ms, signal) => sleep(Math.min(ms, 200), undefined, { signal }), random: Math.random },
    })
  const create = (name: string) => kubeRequest(admin, { method: 'POST', path: maps, body: { metadata: { name } } })
  const remove = (name: string) => kubeRequest(admin, { method: 'DELETE', path: `${maps}/${name}` })
  const names = async () => (await kubeRequest<{ items: KubeObject[] }>(admin, { path: maps })).items.map(({ metadata }) => metadata.name)

  it('shows 1,200 objects in three pages, and every later change', async () => {
    const many = Array.from({ length: 1200 }, (_, n) => `map-${n}`)
    for (let n = 0; n < many.length; n += 50) await Promise.all(many.slice(n, n + 50).map(create))
    const reflector = reflectMaps(admin)
    await expect.poll(() => reflector.state().state, { timeout: 20_000 }).toBe('live')
    const lists = (await cluster.auditEvents()).filter(
      ({ verb, requestURI }) => verb === 'list' && requestURI.includes('/configmaps?limit=500'),
    )
    expect(lists).toHaveLength(3)
    await create('late')
    await remove('map-7')
    await expect.poll(() => reflector.snapshot().includes('late') && !reflector.snapshot().includes('map-7')).toBe(true)
    expect(reflector.snapshot().sort()).toEqual((await names()).sort())
  })

  it('takes missing rights as a state, and lives when they come', async () => {
    const dora = connectCluster(parseUploadedKubeconfig(await cluster.clientFor({ user: 'dora' })))
    const reflector = reflectMaps(dora)
    await expect.poll(() => reflector.state().state).toBe('forbidden')
    expect(reflector.snapshot()).toEqual([])
    await cluster.kubectl(['create', 'rolebinding', 'dora', '--clusterrole=view', '--user=dora', '-n=shop'])
    await expect.poll(() => reflector.state().state, { timeout: 20_000 }).toBe('live')
    expect(reflector.snapshot().length).toBeGreaterThan(1000)
    await dora.close()
  })

  it('misses nothing while the network is away, and needs no list afterwards', async () => {
    const proxy = await startTcpProxy(Number(new URL(cluster.url).port))
    const kubeconfig = cluster.kubeconfigText.replaceAll(cluster.url, `https://127.0.0.1:${proxy.port}`)
    const connection = connectCluster(parseUploadedKubeconfig(kubeconfig))
    const states: ReflectorState[] = []
    const reflector = reflectMaps(connection, states)
    await expect.poll(() => reflector.state().state).toBe('live')
    await create('before')
    await expect.poll(() => reflector.snapshot().includes('before')).toBe(true)
    const lists = async () =>
      (await cluster.auditEvents()).filter(({ verb, requestURI }) => verb === 'list' && requestURI.includes('limit=500')).length
    const listsBefore = await lists()

    proxy.cut()
    await expect.poll(() => reflector.state().state, { timeout: 20_000 }).toBe('stale')
    await Promise.all([create('while-away'), remove('map-8'), remove('before')])
    expect(reflector.snapshot()).toContain('before')
    proxy.mend()

    await expect.poll(() => reflector.snapshot().includes('while-away'), { timeout: 20_000 }).toBe(true)
    const expected = (await names()).sort()
    await expect.poll(() => reflector.snapshot().sort()).toEqual(expected)
    expect(await lists()).toBe(listsBefore)
    expect(states.map(({ state }) => state)).toEqual(['listing', 'live', 'stale', 'live'])
    await connection.close()
    await proxy.close()
  })
})
