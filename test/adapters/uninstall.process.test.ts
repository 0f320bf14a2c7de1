import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { type ActionCall, Change, type Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'
import { logOf, outcomeOf, startOf } from './cluster-grant.js'
import { watchFiles } from './watch-files.js'

// The API is the simulated one: what is asked of it, in which order, and what is left are real there.
describe('An uninstall', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let istio: AdapterUnderTest
  let kuma: AdapterUnderTest

  beforeAll(async () => {
    ;[istio, kuma] = await Promise.all([startAdapter({ mesh: 'istio' }), startAdapter({ mesh: 'kuma' })])
  })
  beforeEach(async () => {
    sandbox = await startSandbox('three-meshes')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([istio?.[Symbol.asyncDispose](), kuma?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const uninstall = (params: object) => callOf('uninstall', { parameters: { params: { members: 'keep', timeoutSeconds: 60, ...params } } })
  const run = async (adapter: AdapterUnderTest, wanted: ActionCall) => {
    const plan = await adapter.plan(wanted, grant)
    const confirmed = plan.of('confirmation').map(({ code }) => code)
    const operation = randomUUID()
    await adapter.start(startOf(plan, { operation, call: wanted, grant, confirmed }))
    const { entries, files } = await watchFiles(adapter, operation)
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    return { plan, entries, files }
  }
  const definitions = async (group: RegExp): Promise<string[]> => {
    const { body } = await api.get('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
    return body.items.map(({ metadata }: Body) => metadata.name).filter((name: string) => group.test(name))
  }
  const ofIstio = /\.istio\.io$/
  const ofKuma = /\.kuma\.io$/
  const policy = {
    apiVersion: 'security.istio.io/v1',
    kind: 'AuthorizationPolicy',
    metadata: { name: 'only-web', labels: { team: 'shop' } },
    spec: { action: 'ALLOW' },
  }
  const putPolicy = () => api.create('/apis/security.istio.io/v1/namespaces/shop/authorizationpolicies', policy)

  describe('with its definitions', () => {
    it('keeps what the charts keep unless somebody asks, and names it', async () => {
      await putPolicy()
      const { plan } = await run(istio, uninstall({}))
      expect(plan.of('step').map(({ key }) => key)).toEqual(['leave-mesh', 'webhooks', 'gateway', 'istiod', 'base'])
      expect(plan.of('leftover').filter(({ object }) => object?.kind === 'CustomResourceDefinition')).toHaveLength(15)
      expect(await definitions(ofIstio)).toHaveLength(15)
    })

    it('exports their objects and deletes them last, when it is asked for and the counts are confirmed', async () => {
      await putPolicy()
      const { plan, files } = await run(istio, uninstall({ definitions: 'remove' }))
      expect(plan.of('step').map(({ key }) => key)).toEqual([
        ...['leave-mesh', 'webhooks', 'gateway', 'istiod', 'base'],
        ...['export-objects', 'delete-definitions'],
      ])
      expect(plan.of('confirmation').filter(({ code }) => code === 'definitions-lost')).toMatchObject([
        {
          destructive: true,
          text: 'The 15 definitions of Istio are deleted, for every namespace and everybody who uses them. A new installation brings the definitions back, and not the objects. With them go 1 AuthorizationPolicy (shop/only-web). They are exported first.',
        },
      ])
      expect(plan.of('leftover').filter(({ object }) => object?.kind === 'CustomResourceDefinition')).toEqual([])
      expect(await definitions(ofIstio)).toEqual([])
      const [[name, text] = []] = Object.entries(files)
      expect(name).toMatch(/^istio-objects-.*\.yaml$/)
      const { metadata, ...content } = policy
      expect(parseAllDocuments(text ?? '').map((document) => document.toJS())).toContainEqual({
        ...content,
        metadata: { ...metadata, namespace: 'shop' },
      })
    })

    it('takes away all 54 that lie in a folder of the chart of Kuma, which helm never removes', async () => {
      expect(await definitions(ofKuma)).toHaveLength(54)
      await run(kuma, uninstall({}))
      expect(await definitions(ofKuma)).toHaveLength(54)
      // Nothing else of it is there any more: an uninstall of before, or one that stopped on its way.
      const { plan } = await run(kuma, uninstall({ definitions: 'remove' }))
      expect(plan.of('step').map(({ key }) => key)).toEqual(['export-objects', 'delete-definitions'])
      const going = plan
        .of('object')
        .filter(({ change, object }) => change === Change.CHANGE_DELETE && object?.kind === 'CustomResourceDefinition')
      expect(going).toHaveLength(54)
      expect(await definitions(ofKuma)).toEqual([])
      expect(await definitions(ofIstio)).toHaveLength(15)
      expect((await kuma.plan(uninstall({ definitions: 'remove' }), grant)).of('finding').map(({ code }) => code)).toContain(
        'installation-absent',
      )
    })

    it('leaves them to whoever brings them back', async () => {
      const body = {
        metadata: { annotations: { 'argocd.argoproj.io/tracking-id': 'mesh:apiextensions.k8s.io/CustomResourceDefinition:x' } },
      }
      const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/meshes.kuma.io'
      await api.ask('PATCH', path, { body, type: 'application/merge-patch+json' })
      const plan = await kuma.plan(uninstall({ definitions: 'remove' }), grant)
      expect(plan.of('finding').find(({ code }) => code === 'installer-not-ours')).toMatchObject({
        message: 'Definitions of Kuma belong to Argo CD.',
      })
    })
  })

  it('takes webhooks away first that would refuse objects of others, and shows each once', async () => {
    const objects = (plan: Awaited<ReturnType<typeof run>>['plan']) =>
      plan.of('object').flatMap(({ step, object }) => (object?.kind.endsWith('WebhookConfiguration') ? [`${step} ${object.name}`] : []))
    const setPolicy = async (name: string, failurePolicy: string) => {
      const path = `/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/${name}`
      const { body } = await api.get(path)
      const webhooks = body.webhooks.map((webhook: Body) => ({ ...webhook, failurePolicy }))
      await api.ask('PATCH', path, { body: { webhooks }, type: 'application/merge-patch+json' })
    }
    const name = 'istio-sidecar-injector'
    await setPolicy('istiod-default-validator', 'Fail')
    const { plan, entries } = await run(istio, uninstall({}))
    expect(objects(plan).sort()).toEqual(['istiod istio-validator-istio-system', `webhooks ${name}`, 'webhooks istiod-default-validator'])
    const lines = logOf(entries).split('\n')
    const at = (text: string) => lines.findIndex((line) => line.includes(text))
    expect(at(`MutatingWebhookConfiguration ${name} is being deleted`)).toBeGreaterThan(-1)
    expect(at('istiod: ')).toBeGreaterThan(at(`MutatingWebhookConfiguration ${name} is being deleted`))

    await setPolicy('kuma-validating-webhook-configuration', 'Ignore')
    const open = await kuma.plan(uninstall({}), grant)
    expect(objects(open).sort()).toEqual([
      'kuma kuma-validating-webhook-configuration',
      'webhooks kuma-admission-mutating-webhook-configuration',
    ])
  })

  it('keeps the certificate authority of Istio, and says why', async () => {
    const { plan } = await run(istio, uninstall({}))
    expect(plan.of('leftover').find(({ object }) => object?.name === 'istio-ca-secret')).toMatchObject({
      reason: 'istiod made it for its own certificate authority. A new installation goes on with the same root.',
      removeBy: 'kubectl delete secret istio-ca-secret --namespace istio-system',
    })
    expect((await api.get('/api/v1/namespaces/istio-system/secrets/istio-ca-secret')).status).toBe(200)
  })

  describe('of an ambient mesh', () => {
    const gateways = '/apis/gateway.networking.k8s.io/v1/namespaces'
    const gateway = (name: string, gatewayClassName: string) => ({
      ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name } },
      spec: { gatewayClassName, listeners: [{ name: 'mesh', port: 15008, protocol: 'HBONE' }] },
    })

    beforeEach(async () => {
      const group = 'gateway.networking.k8s.io'
      await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', {
        ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: `gateways.${group}` } },
        spec: {
          ...{ group, scope: 'Namespaced', names: { kind: 'Gateway', plural: 'gateways', singular: 'gateway', listKind: 'GatewayList' } },
          versions: [
            {
              ...{ name: 'v1', served: true, storage: true },
              schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            },
          ],
        },
      })
      await api.ask('DELETE', '/apis/apps/v1/namespaces/payments/deployments/ledger')
      const install = callOf('install', { version: '1.30.3', parameters: { params: { dataPlane: 'ambient', timeoutSeconds: 60 } } })
      await run(istio, install)
      await api.create('/api/v1/namespaces', {
        ...{ apiVersion: 'v1', kind: 'Namespace' },
        metadata: { name: 'lab', labels: { 'istio.io/dataplane-mode': 'ambient', 'istio.io/use-waypoint': 'waypoint' } },
      })
      await api.create(`${gateways}/lab/gateways`, gateway('waypoint', 'istio-waypoint'))
      await api.create(`${gateways}/shop/gateways`, gateway('waypoint', 'istio-waypoint'))
      await api.create(`${gateways}/lab/gateways`, gateway('edge', 'istio'))
      await api.create(`${gateways}/lab/gateways`, gateway('theirs', 'nginx'))
    })

    it('lets waypoints go first and members next, before the proxies of nodes, with counts and a file', async () => {
      const { plan, files } = await run(istio, uninstall({ members: 'leave' }))
      expect(plan.of('step').map(({ key }) => key)).toEqual([
        ...['export-waypoints', 'waypoints', 'mark-namespaces', 'roll-lab', 'roll-payments', 'roll-reports', 'roll-shop', 'leave-mesh'],
        ...['webhooks', 'gateway', 'ztunnel', 'cni', 'istiod', 'base'],
      ])
      expect(plan.of('confirmation')).toMatchObject([
        {
          code: 'waypoints-lost',
          destructive: true,
          text: expect.stringContaining('2 waypoints will be deleted before the members leave (lab/waypoint, shop/waypoint)'),
        },
        { code: 'members-leave', text: expect.stringMatching(/^4 namespaces with \d+ pods will leave Istio before it goes \(lab: /) },
      ])
      expect(plan.of('finding').find(({ code }) => code === 'gateways-unserved')?.message).toBe(
        "1 Gateway of Istio's classes stays, and nobody serves it any more: lab/edge.",
      )
      const { body } = await api.get('/apis/gateway.networking.k8s.io/v1/gateways')
      expect(body.items.map(({ metadata }: Body) => metadata.name).sort()).toEqual(['edge', 'theirs'])
      expect(Object.values(files)).toEqual([expect.stringContaining('gatewayClassName: istio-waypoint')])
      expect((await api.get('/api/v1/namespaces/lab')).body.metadata.labels).not.toHaveProperty(['istio.io/dataplane-mode'])
    })

    it('keeps waypoints with the members that are to stay as they are, and tells of Gateways that nobody serves', async () => {
      const plan = await istio.plan(uninstall({}), grant)
      expect(plan.of('step')[0]?.key).toBe('leave-mesh')
      expect(plan.of('confirmation').map(({ code }) => code)).toEqual(['members-left'])
      // Its class has nobody any more either way.
      expect(plan.of('finding').find(({ code }) => code === 'gateways-unserved')?.message).toContain('nobody serves it any more: lab/edge.')
    })
  })
})
