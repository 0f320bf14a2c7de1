import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { takenAway } from '../../adapters/runtime/disruption-budgets.js'
import type { ActionCall, Grant, WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'
import { journalOf, logOf, outcomeOf, startOf } from './cluster-grant.js'

// The simulated injector gives new pods the proxy of the control plane's version; budgets have the status that is written here.
describe('The data plane after its control plane was upgraded', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let istio: AdapterUnderTest

  beforeAll(async () => {
    istio = await startAdapter({ mesh: 'istio' })
  })
  beforeEach(async () => {
    sandbox = await startSandbox('three-meshes')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    await settled((images) => images.length === 5)
    // The scene has an application that never gets ready; here it would hold up its wave.
    await api.ask('DELETE', '/apis/apps/v1/namespaces/payments/deployments/ledger')
    await api.until('/api/v1/namespaces/payments/pods', ({ body }) => body.items.length === 2)
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([istio?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const merge = 'application/merge-patch+json'
  const proxiesOf = (pods: Body[]): string[] =>
    pods
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
      .filter(({ name }) => name === 'istio-proxy')
      .map(({ image }) => image)
  const settled = (done: (images: string[]) => boolean) =>
    api.until('/api/v1/namespaces/shop/pods', ({ body }) => {
      const pods: Body[] = body.items ?? []
      return pods.every(({ status }) => status?.phase === 'Running') && done(proxiesOf(pods))
    })
  const proxies = async () => [...new Set(proxiesOf((await api.get('/api/v1/namespaces/shop/pods')).body.items))]
  const planeOf = async (version: string) => {
    const plane = '/apis/apps/v1/namespaces/istio-system/deployments/istiod'
    const labels = { 'app.kubernetes.io/version': version }
    await api.ask('PATCH', plane, { body: { metadata: { labels }, spec: { template: { metadata: { labels } } } }, type: merge })
    await api.until('/api/v1/namespaces/istio-system/pods?labelSelector=app%3Distiod', ({ body }) =>
      body.items.every(({ metadata }: Body) => metadata.labels['app.kubernetes.io/version'] === version),
    )
    await api.until(plane, ({ body }) => body.status?.readyReplicas === body.spec.replicas)
  }
  const workloads = async (): Promise<Body[]> => (await api.get('/apis/apps/v1/namespaces/shop/deployments')).body.items
  const budget = async (name: string, { of, status }: { of: Body; status: object }) => {
    const metadata = { name, namespace: 'shop' }
    const spec = { minAvailable: 1, selector: of.spec.selector }
    const path = '/apis/policy/v1/namespaces/shop/poddisruptionbudgets'
    await api.create(path, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec })
    await allow(name, status)
  }
  const allow = (name: string, status: object) =>
    api.ask('PATCH', `/apis/policy/v1/namespaces/shop/poddisruptionbudgets/${name}/status`, { body: { status }, type: merge })
  const oneAtATime = async (workload: Body) => {
    const spec = { replicas: 2, strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } }
    const path = `/apis/apps/v1/namespaces/shop/deployments/${workload.metadata.name}`
    await api.ask('PATCH', path, { body: { spec }, type: merge })
    await api.until(path, ({ body }) => body.status?.readyReplicas === 2)
  }
  const call = (params: object = {}): ActionCall =>
    callOf('upgrade-data-plane', { parameters: { params: { timeoutSeconds: 30, ...params } } })
  const start = async (wanted: ActionCall) => {
    const plan = await istio.plan(wanted, grant)
    const operation = randomUUID()
    await istio.start(startOf(plan, { operation, call: wanted, grant, confirmed: plan.of('confirmation').map(({ code }) => code) }))
    return { plan, operation }
  }

  it('is in step as long as the control plane is the same, and the plan says so', async () => {
    const plan = await istio.plan(call(), grant)
    expect(plan.of('finding')).toMatchObject([{ code: 'data-plane-in-step', message: expect.stringContaining('7 pods') }])
    expect([plan.of('object'), plan.of('confirmation')]).toEqual([[], []])
  })

  it('is restarted namespace by namespace, whoever lags and nobody else', async () => {
    const [before] = await proxies()
    await planeOf('9.9.9')
    const { plan, operation } = await start(call())
    expect(plan.of('finding')).toEqual([])
    expect(plan.of('object').map(({ object }) => object?.namespace)).toContain('shop')
    expect(plan.of('confirmation')).toMatchObject([{ code: 'restart-workloads', text: expect.stringContaining('shop') }])
    const entries = await istio.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(journalOf(entries)).toContain('wave-shop succeeded')
    expect(await proxies()).toEqual(['docker.io/istio/proxyv2:9.9.9'])
    expect(before).not.toContain('9.9.9')
    const again = await istio.plan(call(), grant)
    expect(again.of('finding').map(({ code }) => code)).toEqual(['data-plane-in-step'])
  })

  it('is restarted in the order and in the namespaces that were named; what has no proxy is said', async () => {
    await planeOf('9.9.9')
    const plan = await istio.plan(call({ namespaces: ['shop', 'batch', 'nowhere'] }), grant)
    expect(plan.of('finding').map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'no-proxies: No pod of batch has a proxy of Istio.',
      'namespace-absent: There is no namespace nowhere.',
    ])
    expect(plan.of('step').map(({ key }) => key)).toEqual(['wave-shop'])
  })

  it('lags, too, where one pod of a workload came up without a proxy', async () => {
    const [workload] = await workloads()
    const labels = (value: string | null) => ({ body: { metadata: { labels: { 'istio-injection': value } } }, type: merge })
    await api.ask('PATCH', '/api/v1/namespaces/shop', labels(null))
    const path = `/apis/apps/v1/namespaces/shop/deployments/${workload.metadata.name}`
    const replicas = workload.spec.replicas + 1
    await api.ask('PATCH', path, { body: { spec: { replicas } }, type: merge })
    await api.until(path, ({ body }) => body.status?.readyReplicas === replicas)
    await api.ask('PATCH', '/api/v1/namespaces/shop', labels('enabled'))
    const plan = await istio.plan(call({ namespaces: ['shop'] }), grant)
    expect(plan.of('object').map(({ object }) => object?.name)).toEqual([workload.metadata.name])
  })

  it('waits for a disruption budget that cannot spare a pod now', async () => {
    const [workload] = await workloads()
    await oneAtATime(workload)
    await budget('tight', { of: workload, status: { disruptionsAllowed: 0, desiredHealthy: 1, expectedPods: 2 } })
    await planeOf('9.9.9')
    const { operation } = await start(call({ namespaces: ['shop'] }))
    const entries: WatchResponse[] = []
    const restartedAt = async () => {
      const [own] = (await workloads()).filter(({ metadata }) => metadata.name === workload.metadata.name)
      return own.spec.template.metadata.annotations?.['kubectl.kubernetes.io/restartedAt']
    }
    for await (const entry of istio.client.watch({ operation, afterIncarnation: '', afterN: 0n }, istio.metadata)) {
      entries.push(entry)
      if (!logOf([entry]).includes('waits for its disruption budget tight')) continue
      expect(await restartedAt()).toBeUndefined()
      await allow('tight', { disruptionsAllowed: 1 })
    }
    expect(logOf(entries)).toContain('waits for its disruption budget tight')
    expect(await restartedAt()).toBeDefined()
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded' })
    expect(await proxies()).toEqual(['docker.io/istio/proxyv2:9.9.9'])
  })

  it('stops where it is when it is cancelled, and the next one restarts who is left', async () => {
    const [workload] = await workloads()
    await oneAtATime(workload)
    await budget('tight', { of: workload, status: { disruptionsAllowed: 0, desiredHealthy: 1, expectedPods: 2 } })
    await planeOf('9.9.9')
    const { operation } = await start(call({ namespaces: ['payments', 'shop'] }))
    const entries: WatchResponse[] = []
    for await (const entry of istio.client.watch({ operation, afterIncarnation: '', afterN: 0n }, istio.metadata)) {
      entries.push(entry)
      if (logOf([entry]).includes('waits for its disruption budget')) await istio.cancel(operation)
    }
    expect(outcomeOf(entries)).toMatchObject({ state: 'cancelled', world: 'partial', resumeFrom: 'wave-shop' })
    await allow('tight', { disruptionsAllowed: 1 })
    const { plan, operation: next } = await start(call())
    expect([...new Set(plan.of('object').map(({ object }) => object?.namespace))]).toEqual(['shop'])
    const ended = await istio.watch({ operation: next })
    expect(outcomeOf(ended), logOf(ended)).toMatchObject({ state: 'succeeded' })
    expect(await proxies()).toEqual(['docker.io/istio/proxyv2:9.9.9'])
  })

  it('is not upgraded by pods that come up without a proxy, because the injector went away meanwhile', async () => {
    const [workload] = await workloads()
    await oneAtATime(workload)
    await budget('tight', { of: workload, status: { disruptionsAllowed: 0, desiredHealthy: 1, expectedPods: 2 } })
    await planeOf('9.9.9')
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istio-sidecar-injector'
    const webhooks = (await api.get(path)).body.webhooks.map((webhook: Body) => ({ ...webhook, failurePolicy: 'Ignore' }))
    await api.ask('PATCH', path, { body: { webhooks }, type: merge })
    const { operation } = await start(call({ namespaces: ['shop'], timeoutSeconds: 10 }))
    const entries: WatchResponse[] = []
    for await (const entry of istio.client.watch({ operation, afterIncarnation: '', afterN: 0n }, istio.metadata)) {
      entries.push(entry)
      if (!logOf([entry]).includes('waits for its disruption budget tight')) continue
      const scale = { body: { spec: { replicas: 0 } }, type: merge }
      await api.ask('PATCH', '/apis/apps/v1/namespaces/istio-system/deployments/istiod', scale)
      await api.until('/api/v1/namespaces/istio-system/pods?labelSelector=app%3Distiod', ({ body }) => body.items.length === 0)
      await allow('tight', { disruptionsAllowed: 1 })
    }
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({
      state: 'failed',
      world: 'partial',
      problem: { reason: 'MEMBERS_NOT_AS_WISHED' },
    })
  })

  it('is told as unknown where the injector does not answer, and nothing is claimed to be in step', async () => {
    const scale = { body: { spec: { replicas: 0 } }, type: merge }
    await api.ask('PATCH', '/apis/apps/v1/namespaces/istio-system/deployments/istiod', scale)
    await api.until('/api/v1/namespaces/istio-system/pods?labelSelector=app%3Distiod', ({ body }) => body.items.length === 0)
    const plan = await istio.plan(call(), grant)
    expect([...new Set(plan.of('finding').map(({ code }) => code))]).toEqual(['next-proxy-unknown'])
  })

  it('is refused where a budget can never spare what the rollout takes away', async () => {
    const [workload] = await workloads()
    await oneAtATime(workload)
    await budget('never', { of: workload, status: { disruptionsAllowed: 0, desiredHealthy: 2, expectedPods: 2 } })
    await planeOf('9.9.9')
    const plan = await istio.plan(call(), grant)
    expect(plan.of('finding')).toMatchObject([
      {
        code: 'disruption-budget',
        severity: 3,
        cause: 'The budget wants 2 of 2 pods to be healthy at all times.',
        remedy: expect.stringContaining('maxUnavailable: 0'),
      },
    ])
  })
})

describe('What a rollout takes away', () => {
  const taken = (kind: string, spec: object, status: object = {}) => takenAway({ apiVersion: 'apps/v1', kind, metadata: {}, spec, status })
  const rolling = (rollingUpdate: object) => ({ strategy: { type: 'RollingUpdate', rollingUpdate } })

  it('is counted as Kubernetes counts it', () => {
    expect(taken('Deployment', {})).toBe(0)
    expect(taken('Deployment', { replicas: 4 })).toBe(1)
    expect(taken('Deployment', { replicas: 3, strategy: { type: 'Recreate' } })).toBe(3)
    expect(taken('Deployment', { replicas: 10, ...rolling({ maxUnavailable: '30%' }) })).toBe(3)
    expect(taken('Deployment', { replicas: 2, ...rolling({ maxUnavailable: 0, maxSurge: 0 }) })).toBe(1)
    expect(taken('Deployment', { replicas: 1, ...rolling({ maxUnavailable: '25%', maxSurge: '1%' }) })).toBe(0)
    expect(taken('Deployment', { replicas: 2, ...rolling({ maxUnavailable: 5 }) })).toBe(2)
    expect(taken('Deployment', { replicas: 0, ...rolling({ maxUnavailable: 1 }) })).toBe(0)
    expect(taken('StatefulSet', { replicas: 3 })).toBe(1)
    expect(taken('StatefulSet', { replicas: 0 })).toBe(0)
    expect(taken('DaemonSet', {}, { desiredNumberScheduled: 5 })).toBe(1)
    expect(taken('DaemonSet', { updateStrategy: { rollingUpdate: { maxUnavailable: '30%' } } }, { desiredNumberScheduled: 5 })).toBe(2)
    expect(
      taken('DaemonSet', { updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }, { desiredNumberScheduled: 5 }),
    ).toBe(0)
  })
})
