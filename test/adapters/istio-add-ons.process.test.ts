import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type ActionCall, Change, type Grant, Severity, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, problemOf, startAdapter } from './adapter-under-test.js'
import { journalOf, logOf, outcomeOf, startOf } from './cluster-grant.js'

// The API is the simulated one: applying, owning and removing objects is real there, what runs in pods is not.
describe('Add-ons beside Istio', () => {
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
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([istio?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const call = (action: string, addOns: string[]) => callOf(action, { parameters: { params: { addOns, timeoutSeconds: 60 } } })
  const run = async (wanted: ActionCall) => {
    const plan = await istio.plan(wanted, grant)
    const confirmed = plan.of('confirmation').map(({ code }) => code)
    const operation = randomUUID()
    await istio.start(startOf(plan, { operation, call: wanted, grant, confirmed }))
    const entries = await istio.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    return { plan, entries }
  }
  const collections = [
    ...['services', 'configmaps', 'serviceaccounts'].map((kind) => `/api/v1/namespaces/istio-system/${kind}`),
    '/apis/apps/v1/namespaces/istio-system/deployments',
    ...['clusterroles', 'clusterrolebindings'].map((kind) => `/apis/rbac.authorization.k8s.io/v1/${kind}`),
  ]
  const names = async (selector = '') => {
    const lists = await Promise.all(collections.map((path) => api.get(`${path}?labelSelector=${encodeURIComponent(selector)}`)))
    return lists.flatMap(({ body }) => body.items.map(({ metadata }: Body) => metadata.name)).sort()
  }
  const ours = (addOn: string) => names(`meshwright.io/add-on=${addOn}`)
  const putForeignGrafana = () =>
    api.create('/apis/apps/v1/namespaces/istio-system/deployments', {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment' },
      metadata: { name: 'grafana', annotations: { 'meta.helm.sh/release-name': 'dashboards', 'meta.helm.sh/release-namespace': 'team' } },
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: 'theirs' } },
        template: { metadata: { labels: { app: 'theirs' } }, spec: { containers: [{ name: 'grafana', image: 'grafana:11' }] } },
      },
    })

  it('are planned object by object with what one must know, come up, and are left alone the second time', async () => {
    const before = await names()
    const { plan, entries } = await run(call('install-add-on', ['grafana', 'prometheus']))
    expect(plan.of('step').map(({ key }) => key)).toEqual(['prometheus', 'grafana', 'ready'])
    const objects = plan.of('object')
    expect(objects).toHaveLength(11)
    for (const { change, verdict } of objects) expect([change, verdict]).toEqual([Change.CHANGE_CREATE, Verdict.VERDICT_SERVER])
    expect(plan.of('finding').map(({ code }) => code)).toEqual([
      ...['add-on-not-for-production', 'add-on-open', 'add-on-forgets', 'add-on-open'],
    ])
    expect(plan.of('finding').some(({ severity }) => severity === Severity.SEVERITY_ERROR)).toBe(false)
    expect(journalOf(entries).filter((line) => line.endsWith('succeeded'))).toEqual([
      ...['prometheus succeeded', 'grafana succeeded', 'ready succeeded'],
    ])
    expect(await names()).toEqual([...before, ...(await ours('prometheus')), ...(await ours('grafana'))].sort())
    const { body: service } = await api.get('/api/v1/namespaces/istio-system/services/grafana')
    expect(service.spec.type).toBe('ClusterIP')
    const { body: deployment } = await api.get('/apis/apps/v1/namespaces/istio-system/deployments/prometheus')
    expect(deployment.status.readyReplicas).toBe(1)

    const again = await istio.plan(call('install-add-on', ['grafana', 'prometheus']), grant)
    for (const { object, change } of again.of('object')) expect(change, `${object?.kind} ${object?.name}`).toBe(Change.CHANGE_KEEP)
  })

  it('that read from Prometheus say so when it is neither chosen nor there', async () => {
    const needing = async (addOns: string[]) =>
      (await istio.plan(call('install-add-on', addOns), grant)).of('finding').filter(({ code }) => code === 'add-on-needs-other')
    expect(await needing(['kiali', 'grafana', 'jaeger'])).toMatchObject([
      { message: 'Grafana and Kiali would read from Prometheus, which is not there.', remedy: 'Choose prometheus too.' },
    ])
    expect(await needing(['jaeger'])).toEqual([])
    await run(call('install-add-on', ['prometheus']))
    expect(await needing(['kiali'])).toEqual([])
  })

  it('are not put over what somebody else has there, which is named', async () => {
    await putForeignGrafana()
    const wanted = call('install-add-on', ['prometheus', 'grafana'])
    const plan = await istio.plan(wanted, grant)
    expect(plan.of('finding')).toMatchObject([
      {
        code: 'add-on-foreign',
        message: 'Deployment istio-system/grafana is there already and belongs to the helm release team/dashboards.',
      },
    ])
    expect(plan.of('step')).toEqual([])
    const started = istio.start(startOf(plan, { operation: randomUUID(), call: wanted, grant }))
    expect(await problemOf(started)).toMatchObject({ reason: 'PLAN_REFUSED', metadata: { finding: 'add-on-foreign' } })
    expect(await ours('prometheus')).toEqual([])
  })

  it('are removed by their mark alone, after a yes to what they forget', async () => {
    const before = await names()
    await run(call('install-add-on', ['prometheus', 'kiali']))
    await putForeignGrafana()
    const { plan } = await run(call('remove-add-on', ['prometheus', 'grafana']))
    expect(plan.of('step').map(({ key }) => key)).toEqual(['remove-prometheus'])
    expect(plan.of('finding').map(({ code, message }) => `${code}: ${message}`)).toEqual([
      'add-on-absent: Grafana: nothing that Meshwright put into namespace istio-system is there.',
      'add-on-needs-other: Kiali stays, and reads from Prometheus, which goes.',
    ])
    expect(plan.of('confirmation')).toMatchObject([
      { code: 'add-on-data-lost', destructive: true, text: expect.stringContaining('Prometheus with the metrics of the last 24 hours') },
    ])
    expect(await names()).toEqual([...before, 'grafana', ...(await ours('kiali'))].sort())
    expect((await istio.plan(call('remove-add-on', ['prometheus']), grant)).of('finding')).toMatchObject([
      { code: 'add-on-absent', severity: Severity.SEVERITY_ERROR },
    ])
  })

  it('tell after an interruption how far they came', async () => {
    await run(call('install-add-on', ['prometheus']))
    const recover = (action: string, addOns: string[], key: string) => {
      const journal = [{ key, title: key, state: 'running' }]
      return istio.recover({ operation: randomUUID(), call: call(action, addOns), grant, journal, requested: [] } as never)
    }
    expect(await recover('install-add-on', ['prometheus', 'jaeger'], 'prometheus')).toMatchObject({
      state: 'partial',
      resumeFrom: 'jaeger',
    })
    expect(await recover('install-add-on', ['prometheus'], 'ready')).toMatchObject({ state: 'finished' })
    expect(await recover('remove-add-on', ['prometheus'], 'remove-prometheus')).toMatchObject({ state: 'clean' })
    await run(call('remove-add-on', ['prometheus']))
    expect(await recover('remove-add-on', ['prometheus'], 'remove-prometheus')).toMatchObject({ state: 'finished' })
  })

  it('are told to stay as they are by an upgrade, when others belong to the new version', async () => {
    await run(call('install-add-on', ['prometheus', 'kiali']))
    const behind = async () => {
      const plan = await istio.plan(callOf('upgrade', { version: '1.30.3' }), grant)
      return plan.of('finding').filter(({ code }) => code === 'add-ons-behind')
    }
    expect(await behind()).toEqual([])
    const kiali = '/apis/apps/v1/namespaces/istio-system/deployments/kiali'
    const { body } = await api.get(kiali)
    const containers = body.spec.template.spec.containers.map((each: Body) => ({ ...each, image: 'registry.example:5000/kiali:v2.21.0' }))
    const type = 'application/merge-patch+json'
    await api.ask('PATCH', kiali, { body: { spec: { template: { spec: { containers } } } }, type })
    expect(await behind()).toMatchObject([{ message: 'Kiali stays as it is.', remedy: expect.stringContaining('install-add-on: kiali') }])
  })

  it('go before the mesh when it is uninstalled', async () => {
    await run(call('install-add-on', ['prometheus', 'grafana', 'jaeger', 'kiali']))
    const wanted = callOf('uninstall', { parameters: { params: { members: 'keep' } } })
    const { plan } = await run(wanted)
    expect(plan.of('step').map(({ key }) => key)).toEqual([
      ...['leave-mesh', 'webhooks'],
      ...['remove-kiali', 'remove-jaeger', 'remove-grafana', 'remove-prometheus'],
      ...['gateway', 'istiod', 'base'],
    ])
    expect(plan.of('confirmation').map(({ code }) => code)).toEqual(['members-left', 'add-on-data-lost'])
    expect(await names('meshwright.io/add-on')).toEqual([])
  })
})
