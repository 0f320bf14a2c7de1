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

const name = 'meshwright-sample'

// The API and its controllers are the simulated ones: members are injected and namespaces end as on a real one; nothing runs.
describe('The sample application', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let adapters: Record<'istio' | 'kuma' | 'kubernetes', AdapterUnderTest>

  beforeAll(async () => {
    const [istio, kuma, kubernetes] = await Promise.all(['istio', 'kuma', 'kubernetes'].map((mesh) => startAdapter({ mesh })))
    if (!istio || !kuma || !kubernetes) throw new Error('an adapter is missing')
    adapters = { istio, kuma, kubernetes }
  })
  beforeEach(async () => {
    sandbox = await startSandbox('three-meshes')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    // An injector that is not ready refuses pods.
    for (const [place, deployment] of [
      ['istio-system', 'istiod'],
      ['kuma-system', 'kuma-control-plane'],
    ])
      await api.until(`/apis/apps/v1/namespaces/${place}/deployments/${deployment}`, ({ body }) => body.status?.readyReplicas > 0)
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([...Object.values(adapters ?? {}).map((each) => each[Symbol.asyncDispose]()), dispatcher.close()])
  })

  const install = (params: object = {}, more: object = {}) =>
    callOf('install-sample', { parameters: { params: { timeoutSeconds: 60, ...params }, ...more } })
  const remove = (params: object = {}) => callOf('remove-sample', { parameters: { params: { timeoutSeconds: 60, ...params } } })
  const run = async (mesh: keyof typeof adapters, wanted: ActionCall) => {
    const plan = await adapters[mesh].plan(wanted, grant)
    const operation = randomUUID()
    const refusing = plan.of('finding').filter(({ severity }) => severity === Severity.SEVERITY_ERROR)
    expect(refusing).toEqual([])
    await adapters[mesh].start(startOf(plan, { operation, call: wanted, grant }))
    const entries = await adapters[mesh].watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    return { plan, entries }
  }
  const findings = async (mesh: keyof typeof adapters, wanted: ActionCall) => (await adapters[mesh].plan(wanted, grant)).of('finding')
  const pods = async (): Promise<Body[]> => (await api.get(`/api/v1/namespaces/${name}/pods`)).body.items
  const proxies = async () =>
    (await pods()).flatMap(({ spec }) =>
      [...(spec.initContainers ?? []), ...spec.containers].map((each: Body) => each.name).filter((each) => each !== 'app'),
    )
  const namespace = async () => (await api.ask('GET', `/api/v1/namespaces/${name}`)) as { status: number; body: Body }
  const everything = async () => {
    const paths = ['/api/v1/namespaces', ...['pods', 'services', 'configmaps', 'serviceaccounts'].map((kind) => `/api/v1/${kind}`)]
    const lists = await Promise.all([...paths, '/apis/apps/v1/deployments', '/apis/apps/v1/replicasets'].map((path) => api.get(path)))
    return lists.flatMap(({ body }) => body.items.map(({ metadata }: Body) => `${metadata.namespace ?? ''}/${metadata.name}`)).sort()
  }
  const putSettings = () =>
    api.create(`/api/v1/namespaces/${name}/configmaps`, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} })
  const finalize = (finalizers: string[]) =>
    api.ask('PATCH', `/api/v1/namespaces/${name}/configmaps/sample`, {
      body: { metadata: { finalizers } },
      type: 'application/merge-patch+json',
    })

  it('comes up as members of the mesh from the first start, says where it answers, and goes without a trace', async () => {
    const before = await everything()
    const { plan, entries } = await run('istio', install())
    expect(plan.of('step').map(({ key, title }) => `${key}: ${title}`)).toEqual([
      `namespace: Make namespace ${name}`,
      'sample: Apply the sample application',
      'ready: Wait until the sample is ready',
      `members: Look at the pods of ${name}`,
    ])
    const objects = plan.of('object')
    expect(objects.map(({ object, change }) => [object?.kind, object?.name, change])).toEqual(
      [
        ['Namespace', name],
        ...['caller', 'callee'].map((each) => ['ServiceAccount', each]),
        ['ConfigMap', 'sample'],
        ...['caller', 'callee'].map((each) => ['Service', each]),
        ...['callee-v1', 'callee-v2', 'caller'].map((each) => ['Deployment', each]),
      ].map((each) => [...each, Change.CHANGE_CREATE]),
    )
    expect(objects.map(({ verdict }) => verdict)).toEqual([Verdict.VERDICT_SERVER, ...Array(8).fill(Verdict.VERDICT_DEFERRED)])
    expect(logOf(entries)).toContain(`3 of 3 pods of ${name} are in the mesh, as wished`)
    expect(outcomeOf(entries).summary).toBe(
      `Simulated, so that nobody answers: inside a real cluster the sample answers at \`http://caller.${name}.svc:8080\`; from here by \`kubectl port-forward -n ${name} service/caller 8080\`, at http://localhost:8080.`,
    )
    expect((await namespace()).body.metadata.labels).toMatchObject({ 'meshwright.io/sample': 'made', 'istio-injection': 'enabled' })
    expect((await proxies()).filter((each) => each === 'istio-proxy')).toHaveLength(3)
    for (const { metadata } of await pods()) expect(metadata.annotations['kubectl.kubernetes.io/restartedAt']).toBeUndefined()

    const again = await adapters.istio.plan(install(), grant)
    for (const { object, change } of again.of('object')) expect(change, `${object?.kind} ${object?.name}`).toBe(Change.CHANGE_KEEP)

    const { plan: removal } = await run('istio', remove())
    expect(removal.of('step').map(({ title }) => title)).toEqual(['Remove the sample application', `Delete namespace ${name}`])
    expect(removal.of('finding')).toEqual([])
    expect(await everything()).toEqual(before)
  })

  it('leaves what somebody else put into its namespace, names it, and takes only its own marks off', async () => {
    await run('istio', install())
    await putSettings()
    const labels = { team: 'shop' }
    await api.ask('PATCH', `/api/v1/namespaces/${name}`, { body: { metadata: { labels } }, type: 'application/merge-patch+json' })
    const { plan } = await run('istio', remove())
    expect(plan.of('finding')).toMatchObject([
      {
        code: 'sample-namespace-shared',
        severity: Severity.SEVERITY_WARNING,
        message: `Namespace ${name} stays; the marks that came with the sample go from it.`,
        cause: `ConfigMap ${name}/settings is not of the sample.`,
      },
    ])
    expect((await namespace()).body.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': name, team: 'shop' })
    const left = (await everything()).filter((each) => each.startsWith(`${name}/`))
    expect(left).toEqual(expect.arrayContaining([`${name}/settings`]))
    expect(left.filter((each) => !/\/(settings|default|kube-root-ca\.crt|istio-ca-root-cert)$/.test(each))).toEqual([])
    expect(await findings('istio', install())).toMatchObject([{ code: 'sample-namespace-taken', cause: `ConfigMap ${name}/settings.` }])
  })

  it('keeps the namespace when somebody puts something into it after the plan', async () => {
    await run('kubernetes', install())
    const wanted = remove()
    const plan = await adapters.kubernetes.plan(wanted, grant)
    await finalize(['example.com/stay'])
    const operation = randomUUID()
    await adapters.kubernetes.start(startOf(plan, { operation, call: wanted, grant }))
    await putSettings()
    await finalize([])
    const entries = await adapters.kubernetes.watch({ operation })
    expect(outcomeOf(entries)).toMatchObject({ state: 'failed', world: 'partial', summary: '' })
    expect(outcomeOf(entries).problem).toMatchObject({ reason: 'CONFLICT', cause: `ConfigMap ${name}/settings.` })
    expect((await api.get(`/api/v1/namespaces/${name}/configmaps/settings`)).body.metadata.deletionTimestamp).toBeUndefined()
    // The next plan leaves it where it is, and is stale once that is no longer right.
    const kept = await adapters.kubernetes.plan(wanted, grant)
    expect(kept.of('finding').map(({ code }) => code)).toEqual(['sample-namespace-shared'])
    const again = adapters.kubernetes.start(startOf(plan, { operation: randomUUID(), call: wanted, grant }))
    expect(await problemOf(again)).toMatchObject({ reason: 'PLAN_STALE' })
    await run('kubernetes', remove())
    expect((await namespace()).body.metadata.labels).toEqual({ 'kubernetes.io/metadata.name': name })
  })

  it('keeps the namespace when a kind cannot be listed after the plan', async () => {
    await run('kubernetes', install())
    const wanted = remove()
    const plan = await adapters.kubernetes.plan(wanted, grant)
    const body = { seed: 1, rules: [{ fault: 'error', verbs: ['list'], resource: 'configmaps' }] }
    const operation = randomUUID()
    await finalize(['example.com/stay'])
    await adapters.kubernetes.start(startOf(plan, { operation, call: wanted, grant }))
    await api.ask('PUT', '/_sandbox/faults', { body })
    await putSettings()
    await finalize([])
    const entries = await adapters.kubernetes.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'failed', world: 'partial', resumeFrom: 'namespace' })
    expect((await namespace()).body.metadata.deletionTimestamp).toBeUndefined()
    expect((await api.get(`/api/v1/namespaces/${name}/configmaps/settings`)).body.metadata.deletionTimestamp).toBeUndefined()
  })

  it('goes into a namespace that is there and empty, and gives it back as it was found', async () => {
    const labels = { 'kuma.io/sidecar-injection': 'enabled' }
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
    const was = (await namespace()).body.metadata.labels
    expect((await findings('istio', install())).map(({ code }) => code)).toEqual(['two-injectors'])
    const { plan } = await run('kuma', install())
    expect(plan.of('step')[0]?.title).toBe(`Mark namespace ${name}`)
    expect((await proxies()).filter((each) => each === 'kuma-sidecar')).toHaveLength(3)
    const { plan: removal } = await run('kubernetes', remove())
    expect(removal.of('finding').map(({ code }) => code)).toEqual(['sample-namespace-found'])
    expect((await namespace()).body.metadata.labels).toEqual(was)
    expect(await pods()).toEqual([])
  })

  it('is refused where others are, and where no injector would take its pods in', async () => {
    const codes = async (mesh: keyof typeof adapters, wanted: ActionCall) => (await findings(mesh, wanted)).map(({ code }) => code)
    expect(await codes('kubernetes', install({ namespace: 'shop' }))).toEqual(['sample-namespace-taken'])
    expect(await codes('istio', install({ namespace: 'istio-system' }))).toEqual(['sample-namespace-taken', 'namespace-reserved'])
    const blue = { ...install(), target: { cluster: 'c', installation: '', namespace: '', revision: 'blue' } }
    expect(await codes('istio', blue)).toEqual(['no-injector'])
    const refused = await problemOf(
      adapters.istio.start(startOf(await adapters.istio.plan(blue, grant), { operation: randomUUID(), call: blue, grant })),
    )
    expect(refused).toMatchObject({ reason: 'PLAN_REFUSED', metadata: { finding: 'no-injector' } })
    expect((await namespace()).status).toBe(404)
    expect(await findings('kubernetes', remove())).toMatchObject([
      { code: 'sample-absent', remedy: 'Nothing: there is none in this cluster.' },
    ])
  })

  it('leaves the mesh when it is brought up again without one, by new pods', async () => {
    await run('istio', install())
    await run('kubernetes', install())
    expect((await namespace()).body.metadata.labels).not.toHaveProperty('istio-injection')
    await api.until(`/api/v1/namespaces/${name}/pods`, ({ body }) => body.items.length === 3)
    expect(await proxies()).toEqual([])
    await run('istio', remove())
  })

  it('fails with the names of its pods when they come up outside of the mesh', async () => {
    const path = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/istio-sidecar-injector'
    const { body } = await api.get(path)
    const webhooks = body.webhooks.map((webhook: Body) => ({ ...webhook, failurePolicy: 'Ignore' }))
    await api.ask('PATCH', path, { body: { webhooks }, type: 'application/merge-patch+json' })
    const scale = { body: { spec: { replicas: 0 } }, type: 'application/merge-patch+json' }
    await api.ask('PATCH', '/apis/apps/v1/namespaces/istio-system/deployments/istiod', scale)
    await api.until('/api/v1/namespaces/istio-system/pods', (list) => list.body.items.length === 0)
    const wanted = install({ timeoutSeconds: 10 })
    const plan = await adapters.istio.plan(wanted, grant)
    const operation = randomUUID()
    await adapters.istio.start(startOf(plan, { operation, call: wanted, grant }))
    const entries = await adapters.istio.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'failed', world: 'partial', resumeFrom: 'members' })
    expect(outcomeOf(entries).problem?.cause).toMatch(/^Not as wished: callee-v1-\S+, callee-v2-\S+, caller-\S+\.$/)
  })

  it('leaves the mesh as every member does before that is uninstalled', async () => {
    await run('istio', install())
    const plan = await adapters.istio.plan(callOf('uninstall'), grant)
    expect(plan.of('step').map(({ key }) => key)).toContain(`roll-${name}`)
    expect(plan.of('confirmation')[0]?.text).toContain(`${name}: 3 workloads, 3 pods`)
  })

  it('tells after an interruption how far it came', async () => {
    const recover = (wanted: ActionCall, key: string) =>
      adapters.istio.recover({ operation: randomUUID(), call: wanted, grant, journal: [{ key, state: 'running' }], requested: [] })
    expect(await recover(install(), 'namespace')).toMatchObject({ state: 'clean' })
    const { entries } = await run('istio', install())
    expect(journalOf(entries).at(-1)).toBe('outcome succeeded clean')
    expect(await recover(install(), 'ready')).toMatchObject({ state: 'finished', summary: expect.stringContaining('port-forward') })
    expect(await recover(remove(), 'sample')).toMatchObject({ state: 'clean' })
    await api.ask('DELETE', `/apis/apps/v1/namespaces/${name}/deployments/caller`)
    expect(await recover(install(), 'sample')).toMatchObject({ state: 'partial', resumeFrom: 'sample' })
    await run('istio', remove())
    expect(await recover(remove(), 'namespace')).toMatchObject({ state: 'finished' })
  })
})
