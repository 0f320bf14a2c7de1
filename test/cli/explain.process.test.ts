import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Explanation } from '../../contract/explanation.js'
import type { NamespaceMembership, PodMembership } from '../../contract/installation.js'
import type { Problem } from '../../contract/problem.js'
import { runCli } from '../support/run-cli.js'
import { type RunningServer, startServer, waitFor } from '../support/running-server.js'

interface Items<Item> {
  items: Item[]
}

describe('meshwright explain', () => {
  let server: RunningServer
  let cluster: string
  const meshwright = (...args: string[]) => runCli(args, { dataDir: server.dataDir })
  const pods = async (namespace: string, mesh: string) =>
    (await server.get<Items<PodMembership>>(`/api/v1/pods?cluster=${cluster}&namespace=${namespace}&mesh=${mesh}`)).items

  beforeAll(async () => {
    server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
    ;({ id: cluster } = await server.post<Cluster>('/api/v1/clusters', { name: 'play', sandbox: { scene: 'three-meshes' } }))
    await waitFor(
      () => server.get<Items<NamespaceMembership>>(`/api/v1/namespaces?cluster=${cluster}`),
      ({ items }) => items.some(({ namespace, injected }) => namespace === 'shop' && injected === 5),
    )
  })
  afterAll(() => server?.stop())

  it('lists the pods of a namespace as a mesh sees them', async () => {
    const shop = await pods('shop', 'istio')
    expect(shop).toHaveLength(5)
    for (const pod of shop)
      expect(pod).toMatchObject({ desired: 'in', mark: 'istio-injection=enabled', injected: true, needsRestart: false })
    expect((await pods('shop', 'kuma')).map(({ desired }) => desired)).not.toContain('in')
    expect(await pods('nowhere', 'istio')).toEqual([])
  })

  it('says the verdict first, then each reason in order with why and what to do', async () => {
    const [pod] = await pods('shop', 'istio')
    const { stdout, exitCode } = await meshwright('explain', `shop/${pod?.pod}`, '--cluster', 'play')
    expect(exitCode).toBe(0)
    const [verdict, first, why] = stdout.split('\n')
    expect(verdict).toBe(`Pod shop/${pod?.pod} is in the mesh (Istio). (simulated)`)
    expect(first).toBe(' 1. Namespace shop asks to be in Istio: istio-injection=enabled.')
    expect(why).toMatch(/^ {4}why: {5}The label istio-injection decides\.$/)
    expect(stdout).toContain('Istio adds containers')
  })

  it('prints the body of the REST API with -o json, and takes a workload and a mesh by name', async () => {
    const [pod] = await pods('batch', 'kuma')
    const [{ workload = '' } = {}] = (
      await server.get<Items<Explanation>>(`/api/v1/workloads/explain?cluster=${cluster}&namespace=batch&pod=${pod?.pod}`)
    ).items
    const { stdout } = await meshwright('explain', `batch/${workload.toLowerCase()}`, '--mesh', 'istio', '-o', 'json')
    const found: Items<Explanation> = JSON.parse(stdout)
    expect(found).toMatchObject({ items: [{ mesh: 'istio', namespace: 'batch', workload, verdict: 'not-in-mesh', simulated: true }] })
  })

  it('asks every mesh of the cluster about a namespace that asks for none', async () => {
    const { items } = await server.get<Items<Explanation>>(
      `/api/v1/workloads/explain?cluster=${cluster}&namespace=kube-system&workload=Deployment/coredns`,
    )
    expect(items.map(({ mesh, verdict }) => `${mesh} ${verdict}`).sort()).toEqual([
      'istio not-in-mesh',
      'kuma not-in-mesh',
      'osm not-in-mesh',
    ])
  })

  it('refuses what names nothing, in one sentence', async () => {
    const { stderr, exitCode } = await meshwright('explain', 'shop')
    expect([exitCode, stderr.split('\n')[0]]).toEqual([2, 'shop names neither a pod nor a workload.'])
    expect((await meshwright('explain', 'shop/gone')).stderr).toContain('There is no pod shop/gone.')
    for (const query of [
      'namespace=shop',
      'namespace=shop&pod=a&workload=Deployment/b',
      'namespace=Shop&pod=a',
      'namespace=shop&workload=Service/web',
    ]) {
      const { status } = await server.call<Problem>('GET', `/api/v1/workloads/explain?cluster=${cluster}&${query}`)
      expect(status).toBe(400)
    }
    const strange = '00000000-0000-7000-8000-000000000000'
    expect((await server.call('GET', `/api/v1/workloads/explain?cluster=${strange}&namespace=shop&pod=a`)).status).toBe(404)
  })
})
