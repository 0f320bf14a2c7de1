import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { judgedAtOnce } from '../../adapters/runtime/judge-object.js'
import { sampleManager } from '../../adapters/runtime/sample/sample-names.js'
import { namespaceObject, sampleObjects } from '../../adapters/runtime/sample/sample-objects.js'
import { readSampleScript } from '../../adapters/runtime/sample-script.js'
import { baselineBreaks } from '../../adapters/runtime/surroundings/workload-security.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { Change, type Grant, Severity, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { listEverything } from '../support/list-everything.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, problemOf, startAdapter } from './adapter-under-test.js'
import { grantFor, journalOf, logOf, outcomeOf, startGrantedCluster, startOf } from './cluster-grant.js'
import { putWebhooks, startHangingWebhook } from './silent-admission.js'

const describe = clusterTest('api', import.meta.url)

const widgets = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
`
const shop = `
apiVersion: v1
kind: Namespace
metadata: {name: shop}
`
const deployment = (name: string, namespace: string, replicas: number) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: app, image: example.com/app:1}]}
`
const configMap = (name: string, namespace: string, value = 'a') => `
apiVersion: v1
kind: ConfigMap
metadata: {name: ${name}, namespace: ${namespace}}
data: {key: ${value}}
`
const widget = `
apiVersion: example.com/v1
kind: Widget
metadata: {name: one, namespace: shop}
spec: {size: 1}
`

/** What the controller of a workload would make of its template. */
function podOf({ metadata: { name, namespace }, spec }: KubeObject): KubeObject {
  const { template } = spec as { template: { metadata: object; spec: object } }
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...template.metadata, ...(name && namespace ? { name, namespace } : {}) },
    spec: template.spec,
  }
}

function listOf(items: readonly object[]): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
}

describe('Plain Kubernetes work on a real API server', () => {
  let cluster: TestCluster
  let grant: Grant
  let adapter: AdapterUnderTest

  beforeAll(async () => {
    ;({ cluster, grant } = await startGrantedCluster())
    adapter = await startAdapter({ mesh: 'kubernetes' })
  })
  afterAll(async () => {
    await adapter?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  const apply = (manifests: string, params: object = {}) => callOf('apply-manifests', { parameters: { params: { manifests, ...params } } })
  const remove = (manifests: string) => callOf('delete-manifests', { parameters: { params: { manifests } } })
  const planAndRun = async (call: ReturnType<typeof apply>, confirmed: string[] = []) => {
    const operation = randomUUID()
    const plan = await adapter.plan(call, grant)
    await adapter.start(startOf(plan, { operation, call, grant, confirmed }))
    return { operation, plan, entries: await adapter.watch({ operation }) }
  }

  it('plans with a verdict for every object and changes nothing', async () => {
    const text = [
      shop,
      widgets,
      widget,
      configMap('in-shop', 'shop'),
      configMap('fine', 'default'),
      `${configMap('odd', 'default')}spec: {}`,
    ].join('---')
    const before = await listEverything(cluster)
    const plan = await adapter.plan(apply(text), grant)
    expect(await listEverything(cluster)).toEqual(before)
    const verdicts = plan.of('object').map(({ object, change, verdict }) => [object?.kind, object?.name, change, verdict])
    expect(verdicts).toEqual([
      ['Namespace', 'shop', Change.CHANGE_CREATE, Verdict.VERDICT_SERVER],
      ['CustomResourceDefinition', 'widgets.example.com', Change.CHANGE_CREATE, Verdict.VERDICT_SERVER],
      ['ConfigMap', 'in-shop', Change.CHANGE_CREATE, Verdict.VERDICT_DEFERRED],
      ['ConfigMap', 'fine', Change.CHANGE_CREATE, Verdict.VERDICT_SERVER],
      ['ConfigMap', 'odd', Change.CHANGE_CREATE, Verdict.VERDICT_REFUSED],
      ['Widget', 'one', Change.CHANGE_CREATE, Verdict.VERDICT_DEFERRED],
    ])
    const reasons = new Map(plan.of('object').map(({ object, reason }) => [object?.name, reason]))
    expect(reasons.get('in-shop')).toBe('Its namespace shop comes with step "apply-definitions".')
    expect(reasons.get('one')).toBe('Its kind comes with the definition that step "apply-definitions" brings.')
    expect(plan.of('finding').map(({ code, cause }) => [code, cause])).toEqual([['object-refused', expect.stringContaining('spec')]])
    expect(plan.entries.at(-1)?.$case).toBe('digest')
  })

  it('shows no value of a Secret', async () => {
    const plan = await adapter.plan(apply('apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}'), grant)
    expect(JSON.stringify(plan.of('object'))).not.toMatch(/hunter2|aHVudGVyMg/)
    expect(plan.of('object')[0]?.afterYaml).toContain('(secret)')
  })

  it('names the webhook that nobody answers, what it would refuse, and the way out, before anything is tried', async () => {
    await cluster.kubectl(['create', 'configmap', 'old'])
    const dead = { namespace: 'gone', name: 'policy' }
    const about = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps', 'pods'] }
    const elsewhere = { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }
    const others = { objectSelector: { matchLabels: { app: 'others' } } }
    await using _hooks = await putWebhooks(cluster, 'policy', [
      { name: 'a.policy.test', rules: [about], clientConfig: { service: dead } },
      { name: 'b.policy.test', rules: [about], clientConfig: { service: dead }, ...elsewhere },
      { name: 'c.policy.test', rules: [about], clientConfig: { service: dead }, ...others },
      { name: 'd.policy.test', rules: [{ ...about, resources: ['secrets'] }], clientConfig: { service: dead } },
    ])
    const plan = await adapter.plan(apply([configMap('fine', 'default'), deployment('web', 'default', 1)].join('---')), grant)
    const text =
      'Nobody answers ValidatingWebhookConfiguration policy: it refuses ConfigMap default/fine, the pods of Deployment default/web.'
    expect(plan.of('finding').map(({ code, message }) => [code, message])).toEqual([['webhook-unanswered', text]])
    const [finding] = plan.of('finding')
    expect(finding?.severity).toBe(Severity.SEVERITY_ERROR)
    expect(finding?.cause).toMatch(/^a\.policy\.test \(failure policy Fail\): .*service "policy" not found/)
    expect(finding?.remedy).toContain('kubectl delete validatingwebhookconfiguration policy')

    const pods = await adapter.plan(apply(deployment('web', 'default', 1)), grant)
    expect(pods.of('object')[0]?.verdict).toBe(Verdict.VERDICT_SERVER)
    const cause = 'a.policy.test (failure policy Fail): Service gone/policy has no ready endpoint.'
    expect(pods.of('finding')).toMatchObject([{ code: 'webhook-unanswered', severity: Severity.SEVERITY_ERROR, cause }])
    expect((await adapter.plan(remove(configMap('old', 'default')), grant)).of('finding')).toEqual([])
  })

  it('names a webhook that keeps objects from being deleted, unless the plan takes it away before', async () => {
    await cluster.kubectl(['create', 'configmap', 'kept'])
    const about = { apiGroups: [''], apiVersions: ['v1'], operations: ['DELETE'], resources: ['configmaps'] }
    const service = { namespace: 'gone', name: 'policy' }
    await using _hooks = await putWebhooks(cluster, 'keeping', [{ name: 'keep.policy.test', rules: [about], clientConfig: { service } }])
    const findings = async (...texts: string[]) => (await adapter.plan(remove(texts.join('---')), grant)).of('finding')
    expect(await findings(configMap('kept', 'default'))).toMatchObject([
      { code: 'webhook-unanswered', message: expect.stringContaining('it refuses ConfigMap default/kept') },
    ])
    const configuration = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: keeping}
`
    expect(await findings(configMap('kept', 'default'), configuration)).toEqual([])
  })

  it.each([
    ['Fail', Severity.SEVERITY_ERROR, /it refuses ConfigMap default\/one-0/],
    ['Ignore', Severity.SEVERITY_WARNING, /each of these waits 1 s for it: ConfigMap default\/one-0/],
  ])('waits for a webhook that hangs no longer than once, and names it (failure policy %s)', async (failurePolicy, severity, text) => {
    await using hanging = await startHangingWebhook()
    const about = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }
    const webhook = { name: 'slow.policy.test', failurePolicy, timeoutSeconds: 1, rules: [about], clientConfig: hanging.clientConfig }
    await using _hooks = await putWebhooks(cluster, 'kuma-validating-slow', [webhook])
    const many = Array.from({ length: 30 }, (_, index) => configMap(`one-${index}`, 'default')).join('---')
    const plan = await adapter.plan(apply(many), grant)
    expect(hanging.asked()).toBe(judgedAtOnce)
    expect(plan.of('finding')).toMatchObject([{ code: 'webhook-timed-out', severity, message: expect.stringMatching(text) }])
    expect(plan.of('finding')[0]?.message).toContain('ValidatingWebhookConfiguration kuma-validating-slow in time')
    expect(plan.of('finding')[0]?.remedy).toContain('kubectl delete validatingwebhookconfiguration kuma-validating-slow')
    const reasons = plan.of('object').map(({ reason }) => reason)
    const skipped = 'The admission webhook slow.policy.test did not answer in time before, and is not waited for again.'
    expect(reasons.filter((reason) => reason === skipped)).toHaveLength(30 - judgedAtOnce)
  })

  it('applies definitions before what needs them, under its own field manager, and numbers what it tells', async () => {
    const { operation, entries } = await planAndRun(apply([widget, configMap('in-shop', 'shop'), shop, widgets].join('---')))
    expect(journalOf(entries)).toEqual([
      'apply-definitions running',
      'apply-definitions succeeded',
      'wait-definitions running',
      'wait-definitions succeeded',
      'apply-objects running',
      'apply-objects succeeded',
      'outcome succeeded clean',
    ])
    expect(entries.map(({ n }) => Number(n))).toEqual(entries.map((_, index) => index + 1))
    const rest = await adapter.watch({ operation, afterIncarnation: adapter.incarnation, afterN: 3n })
    expect(rest).toEqual(entries.slice(3))
    const json = await cluster.kubectl(['get', 'widget/one', '--namespace=shop', '--show-managed-fields', '--output=json'])
    expect(JSON.parse(json).metadata.managedFields.map(({ manager }: { manager: string }) => manager)).toEqual(['meshwright'])
  })

  it('says "keep" for what is as the manifests want it, and names the fields that others own', async () => {
    const same = await adapter.plan(apply(configMap('in-shop', 'shop')), grant)
    expect(same.of('object')[0]).toMatchObject({ change: Change.CHANGE_KEEP, foreignOwners: [] })
    await cluster.kubectl(['create', 'configmap', 'theirs', '--namespace=shop', '--from-literal=key=b'])
    const theirs = await adapter.plan(apply(configMap('theirs', 'shop')), grant)
    expect(theirs.of('object')[0]).toMatchObject({ verdict: Verdict.VERDICT_REFUSED, foreignOwners: ['kubectl-create'] })
    expect(theirs.of('object')[0]?.reason).toContain('conflict with "kubectl-create"')
    const forced = await adapter.plan(apply(configMap('theirs', 'shop'), { force: true }), grant)
    expect(forced.of('object')[0]).toMatchObject({ change: Change.CHANGE_UPDATE, verdict: Verdict.VERDICT_SERVER })
  })

  it('runs one operation once, however often it is sent, and refuses another under its id', async () => {
    const call = apply(configMap('once', 'default'))
    const request = startOf(await adapter.plan(call, grant), { operation: randomUUID(), call, grant })
    expect(await adapter.start(request)).toEqual({ incarnation: adapter.incarnation })
    expect(await adapter.start(request)).toEqual({ incarnation: adapter.incarnation })
    expect(journalOf(await adapter.watch(request))).toEqual(['apply-objects running', 'apply-objects succeeded', 'outcome succeeded clean'])
    const other = { ...request, call: apply(configMap('other', 'default')) }
    expect(await problemOf(adapter.start(other))).toMatchObject({ reason: 'IDEMPOTENCY_CONFLICT' })
  })

  it('refuses a plan that is no longer true before it changes anything', async () => {
    const call = apply([configMap('stale', 'default'), configMap('fresh', 'default')].join('---'))
    const plan = await adapter.plan(call, grant)
    await cluster.kubectl(['create', 'configmap', 'stale'])
    const problem = await problemOf(adapter.start(startOf(plan, { operation: randomUUID(), call, grant })))
    expect(problem).toMatchObject({ reason: 'PLAN_STALE' })
    expect(problem.cause).toContain('stale was absent')
    const changed = { ...startOf(plan, { operation: randomUUID(), call, grant }), call: apply(configMap('fresh', 'default')) }
    expect(await problemOf(adapter.start(changed))).toMatchObject({ reason: 'PLAN_STALE' })
    await expect(cluster.kubectl(['get', 'configmap', 'fresh'])).rejects.toThrow('not found')
  })

  it('stops when it is cancelled, says how far it came, and goes on from there', async () => {
    const call = apply(deployment('slow', 'default', 1))
    const plan = await adapter.plan(call, grant)
    const operation = randomUUID()
    const request = startOf(plan, { operation, call, grant })
    await adapter.start(request)
    const watching = adapter.watch({ operation })
    await cluster.kubectl(['wait', '--for=create', 'deployment/slow'])
    await adapter.cancel(operation)
    const entries = await watching
    expect(outcomeOf(entries)).toMatchObject({ state: 'cancelled', world: 'partial', problem: { reason: 'CANCELLED' } })

    const recovered = await adapter.recover({
      operation,
      call,
      grant,
      journal: [{ key: 'apply-objects', state: 'succeeded' }],
      requested: [],
    })
    expect(recovered).toMatchObject({ state: 'partial', resumeFrom: 'wait-ready', missing: [expect.stringContaining('0 of 1 ready')] })

    await cluster.kubectl(['scale', 'deployment/slow', '--replicas=0'])
    await adapter.start({ ...request, resumeFrom: 'wait-ready' })
    // As the server watches: from the start of this run, which is after the end of the one before.
    const resumed = await adapter.watch({ operation })
    expect(resumed[0]?.n).toBe(BigInt(entries.length + 1))
    expect(journalOf(resumed)).toEqual(['apply-objects skipped', 'wait-ready running', 'wait-ready succeeded', 'outcome succeeded clean'])
  })

  it('ends at its deadline with what the pods say', async () => {
    const call = apply(deployment('stuck', 'default', 1), { timeoutSeconds: 5 })
    const operation = randomUUID()
    await adapter.start(startOf(await adapter.plan(call, grant), { operation, call, grant }))
    const { problem, resumeFrom } = outcomeOf(await adapter.watch({ operation }))
    expect(problem).toMatchObject({
      reason: 'WORKLOAD_NOT_READY',
      cause: expect.stringContaining('Deployment default/stuck: 0 of 1 ready'),
    })
    expect(resumeFrom).toBe('wait-ready')
  })

  it('ends an operation whose time is over', async () => {
    const call = apply(deployment('late', 'default', 1))
    const operation = randomUUID()
    const plan = await adapter.plan(call, grant)
    await adapter.start(startOf(plan, { operation, call, grant, deadline: new Date(Date.now() + 2_000) }))
    const { state, problem } = outcomeOf(await adapter.watch({ operation }))
    expect(state).toBe('failed')
    expect(['DEADLINE_EXCEEDED', 'WORKLOAD_NOT_READY']).toContain(problem?.reason)
  })

  it('restarts workloads as kubectl does', async () => {
    await planAndRun(apply(deployment('web', 'default', 0)))
    const call = callOf('restart-workloads', {
      parameters: { params: { workloads: [{ kind: 'Deployment', namespace: 'default', name: 'web' }] } },
    })
    const { plan, entries } = await planAndRun(call)
    expect(plan.of('object')).toMatchObject([{ change: Change.CHANGE_UPDATE, verdict: Verdict.VERDICT_SERVER }])
    expect(journalOf(entries).at(-1)).toBe('outcome succeeded clean')
    const annotations = await cluster.kubectl(['get', 'deployment/web', '--output=jsonpath={.spec.template.metadata.annotations}'])
    expect(annotations).toContain('kubectl.kubernetes.io/restartedAt')
  })

  it('deletes a namespace only with the confirmation that says what goes with it, and waits until it is gone', async () => {
    const call = remove([shop, widgets, configMap('never-there', 'shop')].join('---'))
    const plan = await adapter.plan(call, grant)
    expect(plan.of('confirmation')).toMatchObject([
      { code: 'contents-lost', destructive: true, text: expect.stringContaining('Namespace shop') },
    ])
    expect(plan.of('object').map(({ object, change }) => [object?.kind, change])).toEqual([
      ['ConfigMap', Change.CHANGE_KEEP],
      ['CustomResourceDefinition', Change.CHANGE_DELETE],
      ['Namespace', Change.CHANGE_DELETE],
    ])
    const operation = randomUUID()
    const request = startOf(plan, { operation, call, grant })
    expect(await problemOf(adapter.start(request))).toMatchObject({
      reason: 'CONFIRMATION_REQUIRED',
      metadata: { confirmation: 'contents-lost' },
    })
    await adapter.start({ ...request, confirmed: ['contents-lost'] })
    const entries = await adapter.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded' })
    await expect(cluster.kubectl(['get', 'namespace', 'shop'])).rejects.toThrow('not found')
  })

  it('knows what the pod security of a namespace refuses, as the API server does', async () => {
    await cluster.kubectl(['create', 'namespace', 'guarded'])
    await cluster.kubectl(['label', 'namespace', 'guarded', 'pod-security.kubernetes.io/enforce=baseline'])
    const container = (securityContext: object, more: object = {}) => ({
      containers: [{ name: 'app', image: 'example.com/app:1', securityContext, ...more }],
    })
    const specs: [string, object][] = [
      ['plain', container({ capabilities: { add: ['NET_BIND_SERVICE'] }, seLinuxOptions: { type: 'container_t' } })],
      ['privileged', container({ privileged: true })],
      ['capability', container({ capabilities: { add: ['NET_ADMIN'] } })],
      ['selinux', container({ seLinuxOptions: { type: 'spc_t' } })],
      ['seccomp', container({ seccompProfile: { type: 'Unconfined' } })],
      ['apparmor', container({ appArmorProfile: { type: 'Unconfined' } })],
      ['host-port', container({}, { ports: [{ containerPort: 80, hostPort: 80 }] })],
      ['host-network', { ...container({}), hostNetwork: true }],
      ['host-path', { ...container({}), volumes: [{ name: 'bin', hostPath: { path: '/opt/cni/bin' } }] }],
      ['init', { ...container({}), initContainers: container({ privileged: true }).containers.map((each) => ({ ...each, name: 'init' })) }],
    ]
    for (const [name, spec] of specs) {
      const pod = JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'guarded' }, spec })
      const refused = await cluster.kubectl(['create', '--dry-run=server', '--filename=-'], { input: pod }).then(
        () => false,
        (error: unknown) => String(error).includes('violates PodSecurity'),
      )
      expect([name, refused]).toEqual([name, name !== 'plain'])
      expect([name, baselineBreaks(spec).length > 0]).toEqual([name, refused])
    }
  })

  it('brings the sample where pod security is restricted, and takes its marks off a namespace, and no other', async () => {
    const place = { namespace: 'trial', image: 'node:22-alpine', from: undefined, catalog: istioCatalog }
    const named = JSON.stringify(namespaceObject({ ...place, wish: { to: 'join', mode: 'sidecar', revision: '' } }, 'made'))
    await cluster.kubectl(['apply', '--server-side', `--field-manager=${sampleManager}`, '--filename=-'], { input: named })
    await cluster.kubectl(['label', 'namespace', 'trial', 'pod-security.kubernetes.io/enforce=restricted', 'team=shop'])
    const objects = sampleObjects(await readSampleScript(), { ...place, wish: undefined })
    await cluster.kubectl(['apply', '--filename=-'], { input: listOf(objects) })
    const pods = objects.filter(({ kind }) => kind === 'Deployment').map(podOf)
    const admitted = await cluster.kubectl(['create', '--dry-run=server', '--output=name', '--filename=-'], { input: listOf(pods) })
    expect(admitted.split('\n')).toEqual(['pod/callee-v1', 'pod/callee-v2', 'pod/caller'])
    await cluster.kubectl(['create', 'configmap', 'settings', '--namespace=trial'])
    const { plan, entries } = await planAndRun(callOf('remove-sample', { parameters: { params: { namespace: 'trial' } } }))
    expect(plan.of('finding')).toMatchObject([{ code: 'sample-namespace-shared', cause: 'ConfigMap trial/settings is not of the sample.' }])
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded' })
    const labels = await cluster.kubectl(['get', 'namespace', 'trial', '--output=jsonpath={.metadata.labels}'])
    const kept = { 'pod-security.kubernetes.io/enforce': 'restricted', team: 'shop', 'kubernetes.io/metadata.name': 'trial' }
    expect(JSON.parse(labels)).toEqual(kept)
    const left = await cluster.kubectl([
      'get',
      'deployments,services,serviceaccounts,configmaps,pods',
      '--namespace=trial',
      '--output=name',
    ])
    expect(left.split('\n').sort()).toEqual(['configmap/kube-root-ca.crt', 'configmap/settings', 'serviceaccount/default'])
  })

  it('names the roles and bindings by which somebody would get more rights than the connection has', async () => {
    await cluster.kubectl(['create', 'namespace', 'climber'])
    const rbac = ['--verb=get,list,create,patch', '--resource=clusterroles,clusterrolebindings,roles,rolebindings']
    await cluster.kubectl(['create', 'clusterrole', 'climber', ...rbac])
    await cluster.kubectl(['create', 'clusterrolebinding', 'climber', '--clusterrole=climber', '--serviceaccount=climber:default'])
    const api = 'rbac.authorization.k8s.io'
    const rules = (verb: string) => [{ apiGroups: [api], resources: ['clusterroles'], verbs: [verb] }]
    const roleRef = { apiGroup: api, kind: 'ClusterRole', name: 'cluster-admin' }
    const roles = [
      { kind: 'ClusterRole', metadata: { name: 'no-more' }, rules: rules('get') },
      { kind: 'ClusterRole', metadata: { name: 'more' }, rules: rules('delete') },
      { kind: 'Role', metadata: { name: 'more', namespace: 'default' }, rules: rules('delete') },
      { kind: 'ClusterRoleBinding', metadata: { name: 'more' }, roleRef, subjects: [{ apiGroup: api, kind: 'User', name: 'ann' }] },
    ]
    const plan = await adapter.plan(
      apply(listOf(roles.map((role) => ({ apiVersion: `${api}/v1`, ...role })))),
      await grantFor(cluster, 'climber', []),
    )
    const said = plan.of('finding').map(({ code, object, cause }) => [code, object?.kind, /not currently held/.test(cause)])
    expect(said).toEqual(['ClusterRole', 'ClusterRoleBinding', 'Role'].map((kind) => ['permission-escalation', kind, true]))
    expect(plan.of('finding')[0]?.remedy).toContain('escalate')
  })

  it('works with rights in one namespace, and says what is missing in another', async () => {
    await cluster.kubectl(['create', 'namespace', 'team'])
    await cluster.kubectl(['create', 'rolebinding', 'team', '--namespace=team', '--clusterrole=admin', '--serviceaccount=team:default'])
    const team = await grantFor(cluster, 'team', ['team'])
    const plan = await adapter.plan(apply([configMap('mine', 'team'), configMap('not-mine', 'default')].join('---')), team)
    expect(plan.of('object').map(({ verdict }) => verdict)).toEqual([Verdict.VERDICT_SERVER, Verdict.VERDICT_REFUSED])
    expect(plan.of('object')[1]?.reason).toContain('forbidden')
  })
})
