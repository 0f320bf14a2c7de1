import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openClusterSession } from '../../adapters/runtime/cluster-session.js'
import { patchMarks } from '../../adapters/runtime/patch-marks.js'
import type { ActionCall, Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, problemOf, startAdapter } from './adapter-under-test.js'
import { journalOf, logOf, outcomeOf, startOf } from './cluster-grant.js'

// Injection works here as the webhooks say; the API is the simulated one.
describe('Namespaces that join and leave a mesh', () => {
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
    await settled('shop', 5, 'istio-proxy')
    await settled('batch', 4, 'kuma-sidecar')
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } })
    await Promise.all([deploy('cart', 1), deploy('web', 2)])
    await settled('lab', 3, 'app')
    // The pods are ready before their workloads say so, and a plan names workloads that are not.
    await api.until('/apis/apps/v1/namespaces/lab/deployments', ({ body }) =>
      body.items.every(({ spec, status }: Body) => status?.readyReplicas === spec.replicas),
    )
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([istio?.[Symbol.asyncDispose](), kuma?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const deploy = (name: string, replicas: number) => {
    const spec = { containers: [{ name: 'app', image: 'example.com/app:1' }] }
    return api.create('/apis/apps/v1/namespaces/lab/deployments', {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
      spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec } },
    })
  }
  const removeLedger = async () => {
    await api.ask('DELETE', '/apis/apps/v1/namespaces/payments/deployments/ledger')
    await api.until('/api/v1/namespaces/payments/pods', ({ body }) => body.items.length === 2)
  }
  const podsOf = async (namespace: string): Promise<Body[]> => {
    const { body } = await api.get(`/api/v1/namespaces/${namespace}/pods`)
    return body.items.filter((pod: Body) => pod.metadata.deletionTimestamp === undefined)
  }
  const containersOf = (pod: Body): string[] =>
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ name }: { name: string }) => name)
  const withProxy = async (namespace: string, name: string) =>
    (await podsOf(namespace)).filter((pod) => containersOf(pod).includes(name)).length
  const settled = (namespace: string, count: number, proxy: string) =>
    api.until(`/api/v1/namespaces/${namespace}/pods`, ({ body }) => {
      const pods: Body[] = body.items ?? []
      return pods.length === count && pods.every((pod) => containersOf(pod).includes(proxy) && pod.status?.phase === 'Running')
    })
  const labelsOf = async (namespace: string) => (await api.get(`/api/v1/namespaces/${namespace}`)).body.metadata.labels ?? {}
  const labelNamespace = (namespace: string, labels: Record<string, string | null>) =>
    api.ask('PATCH', `/api/v1/namespaces/${namespace}`, { body: { metadata: { labels } }, type: 'application/merge-patch+json' })
  const call = (action: string, namespaces: string[], params: object = {}) =>
    callOf(action, { parameters: { params: { namespaces, timeoutSeconds: 60, ...params } } })
  const run = async (adapter: AdapterUnderTest, wanted: ActionCall) => {
    const plan = await adapter.plan(wanted, grant)
    const confirmed = plan.of('confirmation').map(({ code }) => code)
    const operation = randomUUID()
    await adapter.start(startOf(plan, { operation, call: wanted, grant, confirmed }))
    return { plan, operation, entries: await adapter.watch({ operation }) }
  }
  const codes = async (adapter: AdapterUnderTest, wanted: ActionCall) =>
    (await adapter.plan(wanted, grant)).of('finding').map(({ code }) => code)

  it('is refused where pod security lets no sidecar set itself up, until the nodes have an agent for it', async () => {
    await labelNamespace('lab', { 'pod-security.kubernetes.io/enforce': 'restricted' })
    expect(await codes(istio, call('join', ['lab']))).toEqual(['pod-security'])
    expect(await codes(istio, call('leave', ['lab']))).toEqual([])
    const labels = { 'k8s-app': 'istio-cni-node' }
    await api.create('/apis/apps/v1/namespaces/istio-system/daemonsets', {
      ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { name: 'istio-cni-node', labels } },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'install-cni', image: 'install-cni:1' }] } },
      },
    })
    expect(await codes(istio, call('join', ['lab']))).toEqual([])
  })

  it('by a tag of Istio is not simulated, and the plan says so', async () => {
    expect(await codes(istio, callOf('point-tag', { parameters: { params: { tag: 'prod' } } }))).toEqual(['tag-not-simulated'])
  })

  it('shows per namespace what changes and which workloads restart, then brings every pod into the mesh', async () => {
    const wanted = call('join', ['lab'])
    const { plan, entries } = await run(istio, wanted)
    expect(plan.of('finding')).toEqual([])
    expect(plan.of('object').map(({ object, verdict }) => `${object?.kind} ${object?.name} ${verdict}`)).toEqual([
      'Namespace lab 1',
      'Deployment cart 1',
      'Deployment web 1',
    ])
    expect(plan.of('object')[0]?.afterYaml).toContain('istio-injection: enabled')
    expect(plan.of('confirmation')).toMatchObject([
      {
        code: 'restart-workloads',
        destructive: false,
        text: expect.stringContaining('2 workloads with 3 pods will be restarted (lab: 2 workloads, 3 pods)'),
      },
    ])
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(journalOf(entries)).toEqual([
      'mark-namespaces running',
      'mark-namespaces succeeded',
      'roll-lab running',
      'roll-lab succeeded',
      'outcome succeeded clean',
    ])
    expect(logOf(entries)).toContain('3 of 3 pods of lab are in the mesh, as wished')
    expect(await labelsOf('lab')).toMatchObject({ 'istio-injection': 'enabled' })
    expect(await withProxy('lab', 'istio-proxy')).toBe(3)

    // What is as wished is left alone.
    const again = await istio.plan(wanted, grant)
    expect([again.of('object'), again.of('confirmation')]).toEqual([[], []])
  })

  it('brings every pod out again, and restarts nobody else', async () => {
    const before = (await podsOf('payments')).map((pod) => pod.metadata.uid)
    const { entries } = await run(istio, call('leave', ['shop']))
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded' })
    expect(await labelsOf('shop')).not.toHaveProperty('istio-injection')
    expect(await withProxy('shop', 'istio-proxy')).toBe(0)
    expect((await podsOf('payments')).map((pod) => pod.metadata.uid)).toEqual(before)
  })

  it('needs the restart confirmed, and without one only marks', async () => {
    const wanted = call('leave', ['shop'])
    const plan = await istio.plan(wanted, grant)
    const unconfirmed = istio.start(startOf(plan, { operation: randomUUID(), call: wanted, grant }))
    expect(await problemOf(unconfirmed)).toMatchObject({ reason: 'CONFIRMATION_REQUIRED', metadata: { confirmation: 'restart-workloads' } })
    const { plan: marked, entries } = await run(istio, call('leave', ['shop'], { restart: false }))
    expect(marked.of('confirmation')).toEqual([])
    expect(journalOf(entries)).toEqual(['mark-namespaces running', 'mark-namespaces succeeded', 'outcome succeeded clean'])
    expect(await withProxy('shop', 'istio-proxy')).toBe(5)
  })

  it('refuses two injectors on one namespace and offers to migrate, which then works', async () => {
    const plan = await istio.plan(call('join', ['batch']), grant)
    expect(plan.of('finding')).toMatchObject([
      {
        code: 'two-injectors',
        message: 'Namespace batch asks for Kuma already: kuma.io/sidecar-injection=enabled.',
        remedy: expect.stringContaining('meshwright mesh leave kuma batch'),
      },
    ])
    const left = await run(kuma, call('leave', ['batch']))
    expect(outcomeOf(left.entries), logOf(left.entries)).toMatchObject({ state: 'succeeded' })
    expect(await withProxy('batch', 'kuma-sidecar')).toBe(0)
    const joined = await run(istio, call('join', ['batch']))
    expect(outcomeOf(joined.entries), logOf(joined.entries)).toMatchObject({ state: 'succeeded' })
    expect(await withProxy('batch', 'istio-proxy')).toBe(4)
  })

  it('refuses two injectors where applications ask for the other mesh themselves, but for those that stay out of this one', async () => {
    const patchTemplate = (metadata: object) =>
      api.ask('PATCH', '/apis/apps/v1/namespaces/lab/deployments/cart', {
        body: { spec: { template: { metadata } } },
        type: 'application/merge-patch+json',
      })
    const refusals = async (adapter: AdapterUnderTest) =>
      (await adapter.plan(call('join', ['lab']), grant)).of('finding').filter(({ code }) => code === 'two-injectors')
    await patchTemplate({ annotations: { 'consul.hashicorp.com/connect-inject': 'true' } })
    expect(await refusals(istio)).toMatchObject([
      {
        message: 'Pod templates of lab ask for Consul already (consul.hashicorp.com/connect-inject=true): Deployment lab/cart.',
        remedy:
          'Migrate it: let it leave Consul first (meshwright mesh leave consul lab), then plan this again. What is to stay in Consul can be left out instead: sidecar.istio.io/inject=false on its pod template.',
        object: { kind: 'Deployment', namespace: 'lab', name: 'cart' },
      },
    ])
    expect(await refusals(kuma)).toHaveLength(1)
    await patchTemplate({ labels: { 'sidecar.istio.io/inject': 'false' } })
    expect(await refusals(istio)).toEqual([])
    expect(await refusals(kuma)).toHaveLength(1)
  })

  it('refuses two injectors where pods are in the other mesh and nothing says why', async () => {
    const [pod] = (await podsOf('lab')).filter(({ metadata }) => metadata.labels.app === 'web')
    const path = `/api/v1/namespaces/lab/pods/${pod?.metadata.name}`
    const annotations = { 'consul.hashicorp.com/connect-inject-status': 'injected' }
    await api.ask('PATCH', path, { body: { metadata: { annotations } }, type: 'application/merge-patch+json' })
    expect((await istio.plan(call('join', ['lab']), grant)).of('finding')).toMatchObject([
      { code: 'two-injectors', message: `Pods of lab are in Consul already: Pod lab/${pod?.metadata.name}.` },
    ])
    expect(await codes(istio, call('leave', ['lab']))).toEqual([])
  })

  it('refuses namespaces of Kubernetes and of control planes, those that are absent, and a revision that is not there', async () => {
    expect(await codes(istio, call('join', ['kube-system', 'istio-system', 'kuma-system', 'nowhere']))).toEqual([
      'namespace-absent',
      'namespace-reserved',
      'namespace-reserved',
      'namespace-reserved',
    ])
    expect(await codes(istio, call('leave', ['kube-system']))).toEqual(['namespace-reserved'])
    expect(await codes(istio, call('join', ['lab'], { revision: 'canary' }))).toEqual(['no-injector'])
  })

  it('is stale when somebody changed the marks since the plan, and only then', async () => {
    const wanted = call('join', ['lab'])
    const plan = await istio.plan(wanted, grant)
    const request = startOf(plan, { operation: randomUUID(), call: wanted, grant, confirmed: ['restart-workloads'] })
    await labelNamespace('lab', { team: 'finance' })
    expect(await problemOf(istio.start(request))).toMatchObject({
      reason: 'PLAN_STALE',
      cause: expect.stringContaining('Namespace  lab'),
    })
  })

  it('writes marks only into the version that was looked at', async () => {
    const workDir = await mkdtemp(join(tmpdir(), 'mw-marks-'))
    await using session = await openClusterSession({ grant, workDir, name: 'marks', signal: new AbortController().signal })
    const seen = await session.get({ apiVersion: 'v1', kind: 'Namespace', name: 'lab' })
    if (seen === undefined) throw new Error('the scene has no namespace lab')
    await api.ask('PATCH', '/api/v1/namespaces/lab', {
      body: { metadata: { finalizers: ['example.com/stay'] } },
      type: 'application/merge-patch+json',
    })
    await patchMarks(session, seen, { labels: { 'istio-injection': 'enabled' } })
    expect(await labelsOf('lab')).toMatchObject({ 'istio-injection': 'enabled' })
    await expect(patchMarks(session, seen, { labels: { 'istio-injection': 'disabled' } })).rejects.toMatchObject({ code: 'plan-stale' })
    expect(await labelsOf('lab')).toMatchObject({ 'istio-injection': 'enabled' })
    await rm(workDir, { recursive: true, force: true })
  })

  it('names pods that no rollout replaces, and leaves them as they are', async () => {
    await api.create('/api/v1/namespaces/lab/pods', {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alone' } },
      spec: { containers: [{ name: 'app', image: 'example.com/app:1' }] },
    })
    const { plan, entries } = await run(istio, call('join', ['lab']))
    expect(plan.of('finding')).toMatchObject([
      { code: 'not-restarted', message: '1 pod of lab will not be restarted and stays as it is.', cause: 'alone stands alone.' },
    ])
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded' })
    expect(logOf(entries)).toContain('Pod lab/alone was not restarted: it stands alone.')
  })

  it('fails with the names of the pods that did not get in', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istio-sidecar-injector'
    const { body } = await api.get(path)
    const webhooks = body.webhooks.map((webhook: Body) => ({ ...webhook, failurePolicy: 'Ignore' }))
    await api.ask('PATCH', path, { body: { webhooks }, type: 'application/merge-patch+json' })
    const scale = { body: { spec: { replicas: 0 } }, type: 'application/merge-patch+json' }
    await api.ask('PATCH', '/apis/apps/v1/namespaces/istio-system/deployments/istiod', scale)
    await api.until('/api/v1/namespaces/istio-system/pods', ({ body: list }) => list.items.length === 0)
    const { entries } = await run(istio, call('join', ['lab'], { timeoutSeconds: 10 }))
    const { state, world, problem } = outcomeOf(entries)
    expect([state, world], logOf(entries)).toEqual(['failed', 'partial'])
    expect(problem).toMatchObject({ reason: 'MEMBERS_NOT_AS_WISHED', title: '3 pods of lab did not get in the mesh (Istio).' })
    expect(problem?.cause).toMatch(/^Not as wished: cart-\S+, web-\S+, web-\S+\.$/)
  })

  it('lets every member leave before a mesh is uninstalled, confirmed with counts', async () => {
    // It crashes all the time: its rollout would never end, as the plan says, and the mesh would stay.
    expect((await istio.plan(callOf('uninstall'), grant)).of('finding')).toMatchObject([
      { code: 'simulated' },
      { code: 'workload-not-ready', message: 'Deployment payments/ledger is not ready now: 0 of 1 ready.' },
    ])
    await removeLedger()
    const { plan, entries } = await run(istio, callOf('uninstall'))
    const members = ['mark-namespaces', 'roll-payments', 'roll-reports', 'roll-shop', 'leave-mesh']
    expect(plan.of('step').map(({ key }) => key)).toEqual([...members, 'webhooks', 'gateway', 'istiod', 'base'])
    const where = '(payments: 1 workload, 2 pods; reports: 0 workloads, 0 pods; shop: 3 workloads, 5 pods)'
    expect(plan.of('confirmation')).toMatchObject([
      {
        code: 'members-leave',
        destructive: true,
        text: expect.stringContaining(`3 namespaces with 7 pods will leave Istio before it goes ${where}`),
      },
    ])
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(logOf(entries)).toContain('No member is left.')
    for (const namespace of ['shop', 'payments', 'reports']) {
      expect(await withProxy(namespace, 'istio-proxy')).toBe(0)
      expect(await labelsOf(namespace)).not.toHaveProperty('istio-injection')
    }
    expect((await podsOf('istio-system')).length).toBe(0)
  })

  it('keeps the mesh when somebody is still in it, or got in meanwhile', async () => {
    await removeLedger()
    const wanted = callOf('uninstall')
    const plan = await istio.plan(wanted, grant)
    const operation = randomUUID()
    const confirmed = plan.of('confirmation').map(({ code }) => code)
    const late = api.until('/api/v1/namespaces/shop', ({ body }) => body.metadata.labels?.['istio-injection'] === undefined)
    await istio.start(startOf(plan, { operation, call: wanted, grant, confirmed }))
    await late
    await labelNamespace('lab', { 'istio-injection': 'enabled' })
    const entries = await istio.watch({ operation })
    expect(outcomeOf(entries).problem).toMatchObject({ reason: 'MEMBERS_LEFT', cause: 'Namespace lab.' })
    expect((await podsOf('istio-system')).length).toBeGreaterThan(0)
  })

  it('leaves members as they are when that is asked for, with a confirmation of its own', async () => {
    const plan = await istio.plan(callOf('uninstall', { parameters: { params: { members: 'keep' } } }), grant)
    expect(plan.of('step')[0]?.key).toBe('leave-mesh')
    expect(plan.of('confirmation')).toMatchObject([
      { code: 'members-left', text: expect.stringContaining('8 pods are still in the mesh and 3 namespaces ask') },
    ])
  })
})
