import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Adapter } from '../../contract/mesh.js'
import type { Operation, OperationObjects } from '../../contract/operation.js'
import type { Plan } from '../../contract/plan.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { applyEchoApplication, type EchoApplication } from '../cluster/meshes/echo-application.js'
import { istioImages, istioValues } from '../cluster/meshes/istio-values.js'
import { answered, apply, callMeanwhile } from '../cluster/meshes/mesh-traffic.js'
import { runOperation, startMeshServer } from '../cluster/meshes/with-mesh.js'
import { type NodeCluster, startNodeCluster } from '../cluster/node-cluster.js'
import { keyOf, leftSince } from '../support/leftover-truth.js'
import { listEverything } from '../support/list-everything.js'
import { rolloutsOf } from '../support/rollouts.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

// The charts are of two versions, the images are all of the newer one: what is seen is how proxies change hands.

type Items<Item> = { items: Item[] }

const describe = clusterTest('istio', import.meta.url)

describe('A canary of Istio on a real node, with calls inside the mesh all the time', () => {
  let node: NodeCluster
  let server: RunningServer
  let cluster: Cluster
  let before: Awaited<ReturnType<typeof listEverything>>
  /** The first canary goes as one, by the tag prod; the second by the single actions. */
  let rollouts: ReturnType<typeof rolloutsOf>
  let rollout: string
  /** `shop` asks for injection by the plain label, `cart` by the tag prod. */
  let shop: EchoApplication
  let cart: EchoApplication

  beforeAll(async () => {
    node = await startNodeCluster({ images: istioImages })
    server = await startMeshServer()
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'node', kubeconfig: node.kubeconfigText })
    shop = await applyEchoApplication(node, { namespace: 'shop' })
    cart = await applyEchoApplication(node, { namespace: 'cart' })
    before = await listEverything(node)
    const { base, istiod, gateway } = istioValues
    const components = { base: { values: base }, istiod: { values: istiod }, gateway: { enabled: true, values: gateway } }
    await run({ action: 'install', version: '1.29.6', components })
    await run({ action: 'point-tag', params: { tag: 'prod' } })
    await run({ action: 'join', params: { namespaces: ['shop'] } })
    await run({ action: 'join', params: { namespaces: ['cart'], revision: 'prod' } })
    await apply({ node }, strict)
    rollouts = rolloutsOf(server, { cluster: cluster.id, mesh: 'istio', version: '1.30.3' })
  })
  afterAll(async () => {
    await server?.stop()
    await node?.stop()
  })

  const request = (more: object) => ({ cluster: cluster.id, mesh: 'istio', namespace: 'istio-system', ...more })
  const run = (more: object): Promise<Operation> => runOperation(server, request({ confirm: true, ...more }))
  const plan = async (more: object) => {
    const { id } = await server.post<Plan>('/api/v1/plans', request(more))
    return waitFor(
      () => server.get<Plan>(`/api/v1/plans/${id}`),
      ({ state }) => state !== 'planning',
    )
  }
  const findings = async (more: object) =>
    (await plan(more)).findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)
  const revisions = (...wanted: string[]) =>
    waitFor(
      async () => (await server.get<Items<Installation>>(`/api/v1/installations?cluster=${cluster.id}`)).items,
      (items) => String(items.map(({ revision, version }) => `${revision} ${version}`).sort()) === String(wanted),
    )
  /** The revisions that made the sidecars of a namespace. */
  const sidecarsBy = async (namespace: string) => {
    const text = await node.kubectl(['get', 'pods', `--namespace=${namespace}`, '--output=json'])
    const { items }: Items<{ metadata: { annotations?: Record<string, string>; deletionTimestamp?: string } }> = JSON.parse(text)
    const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    const injected = staying.filter(({ metadata }) => metadata.annotations?.['sidecar.istio.io/status'] !== undefined)
    return [...new Set(injected.map(({ metadata }) => metadata.annotations?.['istio.io/rev'] ?? ''))]
  }
  const expectMembersOnly = async (application: EchoApplication) => {
    expect(answered(await application.call(20))).toBe(20)
    expect(answered(await application.call(5, { from: 'plain' }))).toBe(0)
  }
  /** Every call got its answer while this was done. */
  const passQuietly = async (application: EchoApplication) => {
    const { answers, result } = await callMeanwhile(application, rollouts.pass(rollout))
    expect(Object.keys(answers)).toEqual(['200 v1'])
    expect(answered(answers)).toBeGreaterThanOrEqual(20)
    return result
  }

  /** Approves the present stage, kills the adapter as soon as a step is done, and resumes what is left; answers how the operation ended. */
  const passInterrupted = async (id: string, after: string): Promise<Operation> => {
    const { stage } = await rollouts.until(id, 'waiting-for-approval')
    const { body } = await rollouts.approve(id)
    const operation = body.stages[stage]?.operation
    const until = (done: (operation: Operation) => boolean) => waitFor(() => rollouts.operation(operation), done, 300_000)
    await until(({ steps }) => steps.some(({ title, state }) => title === after && state === 'succeeded'))
    const adapter = (await server.get<Items<Adapter>>('/api/v1/adapters')).items.find(({ mesh }) => mesh === 'istio')
    process.kill(adapter?.pid ?? 0, 'SIGKILL')
    await until(({ outcome, state }) => state === 'interrupted' && outcome?.resumeFrom !== undefined)
    expect(await rollouts.get(id)).toMatchObject({ state: 'interrupted', stage })
    await server.post(`/api/v1/operations/${operation}/resume`, {})
    return until(({ state }) => ['succeeded', 'failed', 'interrupted'].includes(state))
  }

  it('brings the second control plane up beside the first, and no call is lost meanwhile', async () => {
    expect([await sidecarsBy('shop'), await sidecarsBy('cart')]).toEqual([['default'], ['default']])
    await waitFor(
      () => shop.call(5, { from: 'plain' }),
      (answers) => answered(answers) === 0,
    )
    await expectMembersOnly(shop)
    const { body } = await rollouts.begin({ mode: 'tag', tag: 'prod' })
    rollout = body.id
    // Of itself it takes who asks for the tag: shop asks for injection by the plain label.
    expect(body.stages.map(({ action, namespaces }) => [action, ...namespaces])).toEqual([
      ['canary'],
      ['point-tag'],
      ['join', 'cart'],
      ['retire'],
    ])
    await passQuietly(shop)
    await revisions('1-30-3 1.30.3', 'default 1.29.6')
    expect([await sidecarsBy('shop'), await sidecarsBy('cart')]).toEqual([['default'], ['default']])
  })

  it('does not retire the old one while anybody depends on it, and says who', async () => {
    const made = await plan({ action: 'retire' })
    expect(made.state).toBe('refused')
    expect(made.findings.filter(({ severity }) => severity === 'error').map(({ code }) => code)).toEqual([
      'members-left',
      'tag-points-here',
    ])
    expect(made.findings.find(({ code }) => code === 'members-left')?.cause).toContain('cart, shop')
  })

  it('moves one namespace by its label', async () => {
    await run({ action: 'join', params: { namespaces: ['shop'], revision: '1-30-3' } })
    expect(await sidecarsBy('shop')).toEqual(['1-30-3'])
    expect(await sidecarsBy('cart')).toEqual(['default'])
    const labels = JSON.parse(await node.kubectl(['get', 'namespace', 'shop', '--output=jsonpath={.metadata.labels}']))
    expect(labels).toMatchObject({ 'istio.io/rev': '1-30-3' })
    expect(labels).not.toHaveProperty('istio-injection')
    await expectMembersOnly(shop)
  })

  it('moves the other by the tag that it asks for, first without a restart and then with one', async () => {
    const target = { action: 'point-tag', revision: '1-30-3' }
    expect(await findings({ ...target, params: { tag: 'default' } })).toEqual(['tag-taken'])
    expect(await findings({ ...target, params: { tag: '1-30-3' } })).toEqual(['tag-taken'])
    // Another operation ran since the stage was planned.
    expect((await rollouts.approve(rollout)).body).toMatchObject({ code: 'plan-stale' })
    await rollouts.post(rollout, 'replan')
    await passQuietly(cart)
    expect(await sidecarsBy('cart')).toEqual(['default'])
    expect(await findings({ action: 'retire' })).toEqual(['members-left'])
    await rollouts.pass(rollout)
    expect(await sidecarsBy('cart')).toEqual(['1-30-3'])
    await expectMembersOnly(cart)
  })

  it('retires the old one: gateway, validation, then the control plane, and no call is lost', async () => {
    expect(await passQuietly(cart)).toMatchObject({ state: 'succeeded', standing: 'Revision 1-30-3 has taken over; default is gone.' })
    await revisions('1-30-3 1.30.3')
    expect(await sidecarsBy('istio-ingress')).toEqual(['1-30-3'])
    const validator = ['get', 'validatingwebhookconfiguration', 'istiod-default-validator']
    expect(await node.kubectl([...validator, '--output=jsonpath={.webhooks[0].clientConfig.service.name}'])).toBe('istiod-1-30-3')
    const rows: { name: string; chart: string }[] = JSON.parse(await node.helm(['list', '--all-namespaces', '--output=json']))
    expect(rows.map(({ name, chart }) => `${name} ${chart}`).sort()).toEqual([
      'istio-base base-1.30.3',
      'istio-ingress gateway-1.30.3',
      'istiod-1-30-3 istiod-1.30.3',
    ])
    for (const application of [shop, cart]) await expectMembersOnly(application)
  })

  it('does it once more by labels, from a revision with a name, with an adapter that dies in the middle of both ends', async () => {
    const { body } = await rollouts.begin({ mode: 'labels', revision: '1-30-3', newRevision: 'blue', waves: [['shop']] })
    expect(body.stages.map(({ action, namespaces }) => [action, ...namespaces])).toEqual([['canary'], ['join', 'shop'], ['retire']])
    const canary = await callMeanwhile(shop, passInterrupted(body.id, 'Upgrade definitions istio-base'))
    expect(canary.result).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(Object.keys(canary.answers)).toEqual(['200 v1'])
    const retire = { action: 'retire', revision: '1-30-3' }
    expect(await findings(retire)).toEqual(['members-left', 'tag-points-here'])
    await rollouts.pass(body.id)
    expect([await sidecarsBy('shop'), await sidecarsBy('cart')]).toEqual([['blue'], ['1-30-3']])
    // Who asks for the tag is nobody's namespace by label: the rollout stands still until the tag is pointed elsewhere.
    expect(await rollouts.until(body.id, 'blocked')).toMatchObject({ approval: { findings: [{}, {}] } })
    await run({ action: 'point-tag', revision: 'blue', params: { tag: 'prod' } })
    await rollouts.post(body.id, 'replan')
    const { steps } = await server.get<Plan>(`/api/v1/plans/${(await rollouts.until(body.id, 'waiting-for-approval')).approval?.plan}`)
    expect(steps.map(({ title }) => title)).toEqual([
      'Move gateway istio-ingress to revision blue',
      'Let revision blue be the default one and validate',
      'Check that revision 1-30-3 serves no proxy any more',
      'Uninstall control plane istiod-1-30-3',
    ])
    const { answers, result } = await callMeanwhile(cart, passInterrupted(body.id, 'Let revision blue be the default one and validate'))
    const log = await server.get<Items<{ code: string; message: string }>>(`/api/v1/operations/${result.id}/log`)
    const told = log.items.map(({ code, message }) => `${code} ${message}`).join('\n')
    expect(result, `${JSON.stringify(result.error)}\n${told}`).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(Object.keys(answers)).toEqual(['200 v1'])
    expect(await rollouts.until(body.id, 'succeeded')).toMatchObject({ standing: 'Revision blue has taken over; 1-30-3 is gone.' })
    await revisions('blue 1.30.3')
    expect(await sidecarsBy('istio-ingress')).toEqual(['blue'])
  })

  it('uninstalls what is left with its tag; both applications answer, and every leftover is named', async () => {
    const uninstall = await run({ action: 'uninstall', revision: 'blue', confirm: ['members-leave'] })
    for (const application of [shop, cart]) {
      expect(await application.call(5)).toEqual({ '200 v1': 5 })
      expect(await sidecarsBy(application.namespace)).toEqual([])
    }
    const policy = JSON.parse(await node.kubectl(['get', 'peerauthentication', 'default', '--namespace=istio-system', '--output=json']))
    expect(policy.spec).toEqual({ mtls: { mode: 'PERMISSIVE' } })
    expect(JSON.parse(policy.metadata.annotations['meshwright.io/relaxed-from'])).toEqual(strict.spec)
    const objects = await server.get<OperationObjects>(`/api/v1/operations/${uninstall.id}/objects`)
    const named = objects.observed.filter(({ change }) => change === 'left').map(({ object }) => keyOf(object))
    const after = await waitFor(
      () => listEverything(node),
      (all) => !all.some(({ kind, namespace }) => kind === 'Pod' && namespace.startsWith('istio-')),
    )
    expect(named.sort()).toEqual(leftSince(before, after))
    expect(named.filter((key) => key.includes('tag'))).toEqual([])
  })
})

const strict = {
  apiVersion: 'security.istio.io/v1',
  kind: 'PeerAuthentication',
  metadata: { name: 'default', namespace: 'istio-system' },
  spec: { mtls: { mode: 'STRICT' } },
}
