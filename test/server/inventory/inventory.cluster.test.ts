import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster, ClusterCheckReport } from '../../../contract/cluster.js'
import type { Event } from '../../../contract/event.js'
import type { Installation, NamespaceMembership } from '../../../contract/installation.js'
import { startApiCluster } from '../../cluster/api-cluster.js'
import { clusterTest } from '../../cluster/cluster-test.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { type AppServer, startAppServer } from '../../support/app-server.js'
import { eventually } from '../../support/eventually.js'
import { istioDescription } from '../../support/istio-description.js'
import { tokenKubeconfig } from '../../support/kubeconfig-text.js'
import { appPodYaml, istiodYaml, podReadyPatch } from '../../support/mesh-objects.js'

interface Items<Item> {
  items: Item[]
}

// On a real API server with real controllers and no node: pods are made and stay Pending until a test says otherwise.
clusterTest('api', import.meta.url)('reading a real cluster', () => {
  let cluster: TestCluster
  let server: AppServer

  beforeAll(async () => {
    cluster = await startApiCluster()
    server = await startAppServer({ adapters: { istio: istioDescription } })
  })
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  const add = async (name: string, more: object) => {
    const { status, body } = await server.call<Cluster>('POST', '/api/v1/clusters', { body: { name, ...more } })
    expect(status).toBe(201)
    return body
  }
  const clusterNow = async (id: string) => (await server.call<Cluster>('GET', `/api/v1/clusters/${id}`)).body
  const installations = async (id: string) =>
    (await server.call<Items<Installation>>('GET', `/api/v1/installations?cluster=${id}`)).body.items
  const namespaces = async (id: string) =>
    (await server.call<Items<NamespaceMembership>>('GET', `/api/v1/namespaces?cluster=${id}`)).body.items
  const check = async (id: string) => (await server.call<ClusterCheckReport>('POST', `/api/v1/clusters/${id}/check`)).body

  it('goes live, passes its check and shows no mesh where there is none', async () => {
    const { id } = await add('admin', { kubeconfig: cluster.kubeconfigText })
    const live = await eventually(
      () => clusterNow(id),
      ({ state, kubernetesVersion }) => state === 'live' && kubernetesVersion !== undefined,
    )
    expect(live.kinds.map(({ kind, state }) => [kind, state])).toEqual([
      ['Namespace', 'live'],
      ['Pod', 'live'],
      ['Deployment', 'live'],
      ['DaemonSet', 'live'],
      ['StatefulSet', 'live'],
      ['CustomResourceDefinition', 'live'],
    ])
    const report = await check(id)
    expect(report.checks.map(({ check: name, result }) => [name, result])).toEqual([
      ['reach', 'ok'],
      ['auth', 'ok'],
      ['permissions', 'ok'],
      ['version', 'ok'],
    ])
    expect(report.checks[3]?.message).toContain(live.kubernetesVersion)
    expect(await installations(id)).toEqual([])
    expect(await namespaces(id)).toEqual([])
  })

  it('finds a control plane, who installed it, its version and health, and tells each change once it is there', async () => {
    const { items } = (await server.call<Items<Cluster>>('GET', '/api/v1/clusters')).body
    const id = items[0]?.id ?? ''
    await cluster.kubectl(['apply', '-f', '-'], { input: istiodYaml })
    const [down] = await eventually(
      () => installations(id),
      (found) => (found[0]?.components.length ?? 0) === 1,
    )
    expect(down).toMatchObject({
      id: `${id}.istio.istio-system.default`,
      mesh: 'istio',
      namespace: 'istio-system',
      revision: 'default',
      version: '1.30.3',
      installer: 'helm',
      managed: true,
      health: 'down',
      components: [{ component: 'istiod', role: 'control-plane', version: '1.30.3', ready: false, phase: 'Pending' }],
    })
    const pod = down?.components[0]?.pod ?? ''
    await cluster.kubectl([
      'patch',
      'pod',
      '-n',
      'istio-system',
      pod,
      '--subresource=status',
      '--type=merge',
      '-p',
      podReadyPatch('discovery'),
    ])
    await eventually(
      () => installations(id),
      (found) => found[0]?.health === 'healthy',
    )
    const events = (await server.call<Items<Event>>('GET', `/api/v1/events?kind=installation.changed&cluster=${id}&limit=500`)).body.items
    expect(events.at(-1)?.message).toBe('istio 1.30.3 in istio-system (default) is healthy.')
  })

  it('counts members: what a namespace asks, what its pods are, and who must be restarted', async () => {
    const { items } = (await server.call<Items<Cluster>>('GET', '/api/v1/clusters')).body
    const id = items[0]?.id ?? ''
    await cluster.kubectl(['create', 'namespace', 'shop'])
    await cluster.kubectl(['apply', '-n', 'shop', '-f', '-'], { input: appPodYaml('plain') })
    const shop = async () => (await namespaces(id)).find(({ namespace }) => namespace === 'shop')
    const unset = await eventually(shop, (row) => row?.total === 1)
    expect(unset).toMatchObject({ mesh: 'istio', desired: 'unset', injected: 0, needsRestart: 0 })
    await cluster.kubectl(['label', 'namespace', 'shop', 'istio-injection=enabled'])
    const marked = await eventually(shop, (row) => row?.desired === 'in')
    expect(marked).toMatchObject({ mark: 'istio-injection=enabled', total: 1, injected: 0, needsRestart: 1 })
    await cluster.kubectl(['apply', '-n', 'shop', '-f', '-'], { input: appPodYaml('meshed', { sidecar: '1.30.3' }) })
    expect(await eventually(shop, (row) => row?.total === 2)).toMatchObject({ injected: 1, needsRestart: 1 })
    expect((await installations(id))[0]?.dataPlane).toEqual({ pods: 2, injected: 1, byVersion: { '1.30.3': 1 } })
  })

  it('shows a forbidden kind as a state with what goes without it, and reads the rest', async () => {
    await cluster.kubectl(['create', 'namespace', 'team-a'])
    await cluster.kubectl(['create', 'rolebinding', 'anna-views', '-n', 'team-a', '--clusterrole=view', '--user=anna'])
    const kubeconfig = await cluster.clientFor({ user: 'anna' })
    const scoped = await add('anna-scoped', { kubeconfig, scope: ['team-a'] })
    const live = await eventually(
      () => clusterNow(scoped.id),
      ({ state }) => state === 'live',
    )
    expect(live.kinds.filter(({ state }) => state !== 'live')).toEqual([])
    const report = await check(scoped.id)
    expect(report.ok).toBe(true)
    expect(report.checks[2]).toMatchObject({ result: 'warning', message: 'Meshes can be seen here, and not be installed or removed.' })
    expect(report.checks[2]?.cause).toContain('create deployments.apps in team-a')

    const wide = await add('anna-wide', { kubeconfig })
    const forbidden = await eventually(
      () => clusterNow(wide.id),
      ({ kinds }) => kinds.length > 0 && kinds.every(({ state }) => state === 'forbidden'),
    )
    expect(forbidden.kinds[1]).toMatchObject({ kind: 'Pod', disables: 'control-plane pods, health and the data plane' })
    expect((await check(wide.id)).checks[2]).toMatchObject({ result: 'failed', message: 'This credential may read nothing that we need.' })
  })

  it('finds the same without the right to read Secrets', async () => {
    await cluster.kubectl(['create', 'clusterrolebinding', 'ben-views', '--clusterrole=view', '--user=ben'])
    const kubeconfig = await cluster.clientFor({ user: 'ben' })
    const secrets = await cluster
      .kubectl(['auth', 'can-i', 'list', 'secrets', '-A', '--as', 'ben'])
      .catch((error: unknown) => String(error))
    expect(secrets).toContain('no')
    const { id } = await add('ben', { kubeconfig })
    const [found] = await eventually(
      () => installations(id),
      ({ length }) => length > 0,
    )
    expect(found).toMatchObject({ mesh: 'istio', version: '1.30.3', installer: 'helm', managed: true, confidence: 'high' })
    expect(found?.evidence).toEqual([
      'Deployment istio-system/istiod has app=istiod, a container discovery.',
      'Version 1.30.3 is from the image of discovery.',
      'meta.helm.sh/release-name says that it was installed by helm.',
    ])
  })

  it('says unauthorised, with cause and remedy, when the credential is not accepted', async () => {
    const kubeconfig = tokenKubeconfig({ url: cluster.url, ca: cluster.ca, token: 'wrong' })
    const { id } = await add('wrong', { kubeconfig })
    const refused = await eventually(
      () => clusterNow(id),
      ({ state }) => state === 'unauthorised',
    )
    expect(refused.failure).toMatchObject({ code: 'cluster-unauthorised' })
    expect(refused.failure?.remedy).toBeTruthy()
    const report = await check(id)
    expect(report.checks.map(({ result }) => result)).toEqual(['ok', 'failed', 'skipped', 'skipped'])
  })

  it('forgets a cluster, its installations and its credential', async () => {
    const { items } = (await server.call<Items<Cluster>>('GET', '/api/v1/clusters')).body
    for (const { id } of items) expect((await server.call('DELETE', `/api/v1/clusters/${id}`)).status).toBe(204)
    expect((await server.call<Items<Installation>>('GET', '/api/v1/installations')).body.items).toEqual([])
    expect((await server.call<Items<Cluster>>('GET', '/api/v1/clusters')).body.items).toEqual([])
  })
})
