import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Grant, Severity, type StartRequest, type WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, type PlanOutcome, problemOf, startAdapter } from './adapter-under-test.js'
import { grantFor, logOf, outcomeOf, startGrantedCluster, startOf } from './cluster-grant.js'

const call = callOf('remove-finalizers')
const ours = 'finalizers.consul.hashicorp.com'
const theirs = 'example.com/theirs'
const group = 'consul.hashicorp.com'

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `servicedefaults.${group}` },
  spec: {
    ...{ group, scope: 'Namespaced', names: { kind: 'ServiceDefaults', plural: 'servicedefaults', singular: 'servicedefaults' } },
    versions: [
      {
        ...{ name: 'v1alpha1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

function entry(name: string, finalizers: string[]) {
  return {
    ...{ apiVersion: `${group}/v1alpha1`, kind: 'ServiceDefaults', spec: { protocol: 'http' } },
    metadata: { name, namespace: 'shop', finalizers },
  }
}

// What carries these labels is the controller, and nothing else is looked at: the mesh itself is not there.
const injector = {
  ...{ apiVersion: 'v1', kind: 'Pod', spec: { containers: [{ name: 'sidecar-injector', image: 'consul-k8s-control-plane:2.0.3' }] } },
  metadata: { name: 'injector', namespace: 'shop', labels: { app: 'consul', chart: 'consul-helm', component: 'connect-injector' } },
}

function mayRead(resources: string[]) {
  const rules = [{ apiGroups: ['*'], resources, verbs: ['get', 'list'] }]
  return { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'reader' }, rules }
}

clusterTest('api', import.meta.url)('Objects whose deletion waits for a controller that is gone', () => {
  let cluster: TestCluster
  let grant: Grant
  let adapter: AdapterUnderTest

  beforeAll(async () => {
    ;({ cluster, grant } = await startGrantedCluster())
    adapter = await startAdapter({ mesh: 'consul' })
    await cluster.kubectl(['create', 'namespace', 'shop'])
    await put(definition)
    await cluster.kubectl(['wait', '--for=condition=Established', `crd/${definition.metadata.name}`])
    await put(injector)
    await put(mayRead(['*']))
    await cluster.kubectl(['create', 'clusterrolebinding', 'reader', '--clusterrole=reader', '--serviceaccount=shop:default'])
    await put(entry('web', [ours]), entry('both', [ours, theirs]), entry('foreign', [theirs]), entry('kept', [ours]))
  })
  afterAll(async () => {
    await adapter?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  const put = (...items: object[]) =>
    cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  const inShop = (...argv: string[]) => cluster.kubectl([...argv, '--namespace=shop'])
  const setReady = (status: 'True' | 'False') => {
    const conditions = [{ type: 'Ready', status, lastTransitionTime: new Date().toISOString() }]
    return inShop('patch', 'pod', 'injector', '--subresource=status', `--patch=${JSON.stringify({ status: { conditions } })}`)
  }
  const errors = (plan: PlanOutcome) => plan.of('finding').filter(({ severity }) => severity === Severity.SEVERITY_ERROR)
  /** `web deleted finalizers.consul.hashicorp.com`: every entry that is there. */
  const entries = async () => {
    const text = await inShop('get', 'servicedefaults', '--output=json')
    const items: { metadata: { name: string; deletionTimestamp?: string; finalizers?: string[] } }[] = JSON.parse(text).items
    return items.map(({ metadata }) =>
      [metadata.name, metadata.deletionTimestamp ? 'deleted' : 'there', metadata.finalizers].flat().join(' '),
    )
  }
  const plan = async () => {
    const made = await adapter.plan(call, grant)
    expect(errors(made)).toEqual([])
    return { made, request: startOf(made, { operation: randomUUID(), call, grant, confirmed: ['cleanup-lost'] }) }
  }
  const run = async (request: StartRequest, keep = (name: string) => name !== '') => {
    await adapter.start(request)
    const parts: Buffer[] = []
    const entries: WatchResponse[] = []
    for await (const response of adapter.client.watch(
      { operation: request.operation, afterIncarnation: '', afterN: 0n },
      adapter.metadata,
    )) {
      entries.push(response)
      if (response.entry?.$case !== 'artifact') continue
      const { name, sha256, content } = response.entry.value
      parts.push(Buffer.from(content))
      if (!sha256) continue
      if (!keep(name)) await adapter.cancel(request.operation)
      else await kept({ operation: request.operation, name, sha256 })
    }
    return { entries, file: Buffer.concat(parts).toString() }
  }
  const kept = (word: { operation: string; name: string; sha256: string }) =>
    new Promise((told, failed) => adapter.client.artifactKept(word, adapter.metadata, (error) => (error ? failed(error) : told(word))))

  it('are not let go while nobody deleted them, nor while a pod of the controller is ready', async () => {
    expect(errors(await adapter.plan(call, grant))).toMatchObject([
      { code: 'finalizers-not-held', cause: 'None of its objects is being deleted.' },
    ])
    await inShop('delete', 'servicedefaults', 'web', 'both', 'foreign', '--wait=false')
    await setReady('True')
    const refused = await adapter.plan(call, grant)
    expect(errors(refused)).toMatchObject([
      {
        code: 'finalizers-answered',
        message: expect.stringContaining('Pod shop/injector is ready'),
        cause: expect.stringContaining('app=consul,chart=consul-helm,component=connect-injector in all namespaces'),
      },
    ])
    const request = startOf(refused, { operation: randomUUID(), call, grant, confirmed: ['cleanup-lost'] })
    expect(await problemOf(adapter.start(request))).toMatchObject({ reason: 'PLAN_REFUSED', metadata: { finding: 'finalizers-answered' } })
    await setReady('False')
    const warned = (await adapter.plan(call, grant)).of('finding').find(({ code }) => code === 'controller-absent')
    expect(warned).toMatchObject({ severity: Severity.SEVERITY_WARNING, message: expect.stringContaining('1 pod of it may still come up') })
  })

  it('are counted and named with what is lost; those that wait for others, too, are told to stay', async () => {
    const { made, request } = await plan()
    expect(made.of('object').map(({ object, change }) => `${object?.name} ${change}`)).toEqual(['both 2', 'web 3'])
    expect(made.of('confirmation')).toMatchObject([
      {
        ...{ code: 'cleanup-lost', destructive: true },
        text: expect.stringMatching(/^2 objects of Consul.*2 ServiceDefaults \(shop\/both, shop\/web\).*Consul's servers.*exported first/),
      },
    ])
    expect(made.of('finding').find(({ code }) => code === 'finalizer-of-others')?.message).toContain(
      `${theirs}, which is left alone: Service`,
    )
    expect(await problemOf(adapter.start({ ...request, confirmed: [] }))).toMatchObject({ reason: 'CONFIRMATION_REQUIRED' })
  })

  it('need a permission that is named', async () => {
    const reader = await grantFor(cluster, 'shop', [])
    expect(errors(await adapter.plan(call, reader))).toMatchObject([
      { code: 'permission-missing', message: `The cluster connection may not patch servicedefaults.${group} in namespace shop.` },
    ])
    await put(mayRead(['secrets', 'deployments', 'statefulsets', 'daemonsets', 'servicedefaults']))
    const unseen = errors(await adapter.plan(call, reader)).filter(({ code }) => code === 'not-readable')
    expect(unseen).toMatchObject([{ cause: 'The cluster connection may not list pods in all namespaces.' }])
  })

  it('stay as they are when it is cancelled before their file is safe', async () => {
    const before = await entries()
    const { entries: log } = await run((await plan()).request, () => false)
    expect(outcomeOf(log), logOf(log)).toMatchObject({ state: 'cancelled', world: 'clean' })
    expect(await entries()).toEqual(before)
  })

  it('are let go after their export; what nobody deleted and what others hold stays as it is', async () => {
    const { request } = await plan()
    const { entries: log, file } = await run(request)
    expect(outcomeOf(log), logOf(log)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(await entries()).toEqual([`both deleted ${theirs}`, `foreign deleted ${theirs}`, `kept there ${ours}`])
    for (const text of ['name: web', 'name: both', ours, 'protocol: http']) expect(file).toContain(text)
    expect(file).not.toContain('name: kept')
    expect(logOf(log)).toContain(`ServiceDefaults shop/both stays until ${theirs} is taken off`)
    expect(errors(await adapter.plan(call, grant))).toMatchObject([
      { code: 'finalizers-not-held', cause: expect.stringContaining(`ServiceDefaults shop/foreign waits for ${theirs}`) },
    ])
    const recovered = { operation: request.operation, call, grant, journal: [], requested: [] }
    expect(await adapter.recover(recovered)).toMatchObject({ state: 'finished' })
  })

  it('are let go of a definition that is being deleted with them, which then goes, once the mesh’s own webhooks do not stand before it', async () => {
    await inShop('patch', 'servicedefaults', 'both', 'foreign', '--type=merge', '--patch={"metadata":{"finalizers":null}}').catch(
      () => undefined,
    )
    await put(unanswered)
    await cluster.kubectl(['delete', 'crd', definition.metadata.name, '--wait=false'])
    while (!(await entries()).includes(`kept deleted ${ours}`)) await new Promise((resolve) => setTimeout(resolve, 100))
    expect(errors(await adapter.plan(call, grant))).toMatchObject([
      { code: 'webhook-unanswered', cause: expect.stringContaining('entries.consul'), remedy: expect.stringContaining('remove-webhooks') },
    ])
    await cluster.kubectl(['delete', 'validatingwebhookconfiguration', 'unanswered'])
    const { entries: log } = await run((await plan()).request)
    expect(outcomeOf(log), logOf(log)).toMatchObject({ state: 'succeeded' })
    await cluster.kubectl(['wait', '--for=delete', `crd/${definition.metadata.name}`, '--timeout=60s'])
  })
})

const unanswered = {
  ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration', metadata: { name: 'unanswered' } },
  webhooks: [
    {
      ...{ name: 'entries.consul.hashicorp.com', admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: 'Fail' },
      rules: [{ apiGroups: [group], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['servicedefaults'] }],
      clientConfig: { service: { namespace: 'shop', name: 'injector', path: '/' } },
    },
  ],
}
