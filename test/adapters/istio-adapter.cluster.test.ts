import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Change, type Grant, Severity, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { toolPath } from '../cluster/binaries/tool-path.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { listEverything } from '../support/list-everything.js'
import { findShared, isMissing } from '../support/missing-tool.js'
import { isAlive } from '../support/processes.js'
import { waitFor } from '../support/running-server.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, type PlanOutcome, problemOf, startAdapter } from './adapter-under-test.js'
import { grantFor, journalOf, logOf, outcomeOf, startGrantedCluster, startOf } from './cluster-grant.js'

const describe = isMissing('shared') ? clusterTest('api', import.meta.url).skip : clusterTest('api', import.meta.url)

const install = (components: object = {}, params: object = {}) =>
  callOf('install', { version: '1.30.3', parameters: { components, params: { timeoutSeconds: 60, ...params } } })
const interrupted = [
  { key: 'base', state: 'running' },
  { key: 'istiod', state: 'pending' },
]
const uninstall = callOf('uninstall', { parameters: { params: { timeoutSeconds: 60 } } })

describe('Istio by its own charts and the real helm, on a real API server', () => {
  let cluster: TestCluster
  let grant: Grant
  let adapter: AdapterUnderTest

  const newAdapter = (environment: Record<string, string> = {}) =>
    startAdapter({ mesh: 'istio', helm: toolPath('helm'), chartMirror: join(findShared() ?? '', 'charts'), environment })

  beforeAll(async () => {
    ;({ cluster, grant } = await startGrantedCluster())
    adapter = await newAdapter()
  })
  afterAll(async () => {
    await adapter?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  // Istio works without it; the plan says what that means.
  const noGatewayApi = 'info gateway-api-absent'
  /** But for what the calendar says of a version. */
  const told = (plan: PlanOutcome) => plan.of('finding').filter(({ code }) => code !== 'end-of-life')
  const findings = (plan: PlanOutcome) => told(plan).map(({ code, severity }) => `${severityName(severity)} ${code}`)
  const run = async (call: ReturnType<typeof install>, confirmed: string[] = []) => {
    const operation = randomUUID()
    const plan = await adapter.plan(call, grant)
    await adapter.start(startOf(plan, { operation, call, grant, confirmed }))
    return { operation, entries: await adapter.watch({ operation }) }
  }

  it('plans nothing without helm, and says exactly what to do', async () => {
    await using bare = await newAdapter({ MESHWRIGHT_HELM: '' })
    const plan = await bare.plan(install(), grant)
    expect(plan.of('object')).toEqual([])
    expect(findings(plan)).toEqual(['error helm-missing', noGatewayApi])
    expect(told(plan)[0]?.remedy).toContain(join(bare.dataDir, 'bin', 'helm'))
    expect(told(plan)[0]?.remedy).toContain('MESHWRIGHT_HELM')
    const request = startOf(plan, { operation: randomUUID(), call: install(), grant })
    expect(await problemOf(bare.start(request))).toMatchObject({ reason: 'PLAN_REFUSED', metadata: { finding: 'helm-missing' } })
    // Nothing is there: an empty cluster is not a finished install.
    const looked = await bare.recover({ operation: request.operation, call: install(), grant, journal: interrupted, requested: [] })
    expect(looked).toMatchObject({ state: 'clean', resumeFrom: 'base', missing: [expect.anything(), expect.anything()] })
  })

  it('names a chart that it cannot find, and a version that it does not know', async () => {
    await using bare = await newAdapter({ MESHWRIGHT_CHART_MIRROR: '' })
    expect(findings(await bare.plan(install(), grant))).toEqual(['error chart-not-found', 'error chart-not-found', noGatewayApi])
    const looked = await bare.recover({ operation: randomUUID(), call: install(), grant, journal: interrupted, requested: [] })
    expect(looked).toMatchObject({ state: 'unknown', summary: expect.stringContaining('MESHWRIGHT_CHART_MIRROR') })
    const unknown = callOf('install', { version: '1.4.0' })
    expect(await problemOf(bare.plan(unknown, grant))).toMatchObject({
      reason: 'INVALID_PARAMETERS',
      remedy: 'Choose one of: 1.30.3, 1.29.6. To look for newer ones, refresh the versions.',
    })
  })

  it('plans base, istiod and gateway with a verdict for every object, and changes nothing', async () => {
    const before = await listEverything(cluster)
    const plan = await adapter.plan(install({ gateway: {} }), grant)
    expect(await listEverything(cluster)).toEqual(before)
    expect(plan.of('step').map(({ key, kind }) => `${key} ${kind}`)).toEqual(['base helm', 'istiod helm', 'gateway helm'])
    expect(findings(plan)).toEqual([noGatewayApi])
    const objects = plan.of('object')
    expect(objects.filter(({ object }) => object?.kind === 'CustomResourceDefinition')).toHaveLength(15)
    const chart = join(findShared() ?? '', 'charts', 'base-1.30.3.tgz')
    expect(plan.of('step')[0]?.equivalent).toMatch(`helm upgrade --install istio-base ${chart} --namespace istio-system --create-namespace`)
    expect(await cluster.helm(['show', 'chart', chart])).toContain('version: 1.30.3')
    const judged = (verdict: Verdict) => objects.filter((object) => object.verdict === verdict)
    expect(judged(Verdict.VERDICT_SERVER).length + judged(Verdict.VERDICT_DEFERRED).length).toBe(objects.length)
    expect(new Set(judged(Verdict.VERDICT_DEFERRED).map(({ reason }) => reason))).toEqual(
      new Set(['Its namespace istio-system comes with step "base".', 'Its namespace istio-ingress comes with step "gateway".']),
    )
    expect(plan.of('digest')[0]?.preconditions.map(({ kind, key, value }) => `${kind} ${key} ${value}`)).toContain(
      'release istio-system|istiod absent',
    )
  })

  it('says what the nodes mean for it: the settings of their platform, and no room for a pod', async () => {
    await cluster.kubectl(['create', '--filename=-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'small' } }),
    })
    const status = {
      nodeInfo: { kubeletVersion: 'v1.36.3+k3s1' },
      allocatable: { cpu: '400m', memory: '4Gi' },
      conditions: [{ type: 'Ready', status: 'True' }],
    }
    await cluster.kubectl(['patch', 'node', 'small', '--subresource=status', '--type=merge', `--patch=${JSON.stringify({ status })}`])
    await waitFor(
      () => cluster.kubectl(['get', 'node', 'small', '--output=jsonpath={.spec.taints}']),
      (taints) => taints === '',
    )
    const plan = await adapter.plan(install({ cni: {} }), grant).finally(() => cluster.kubectl(['delete', 'node', 'small']))
    expect(findings(plan)).toEqual(['info platform-setting', noGatewayApi, 'warning no-room'])
    const [setting, , room] = told(plan)
    expect(setting?.message).toBe('This cluster is of k3s: global.platform=k3s is set for cni.')
    expect(room?.message).toBe('No node has room for a pod of Deployment istio-system/istiod, which requests 500m CPU and 2.0 GiB.')
    expect(room?.cause).toBe('The most that is free on one of 1 node: 400m CPU, 4.0 GiB.')
    const agent = plan.of('object').find(({ object }) => object?.kind === 'DaemonSet')
    expect(agent?.afterYaml).toContain('/var/lib/rancher/k3s/agent/etc/cni/net.d')
  })

  it('says whose definitions are there already, and in which version objects would be lost', async () => {
    const name = 'wasmplugins.extensions.istio.io'
    const schema = { openAPIV3Schema: { type: 'object' as const, 'x-kubernetes-preserve-unknown-fields': true } }
    const theirs = {
      ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name } },
      spec: {
        ...{ group: 'extensions.istio.io', names: { kind: 'WasmPlugin', plural: 'wasmplugins' }, scope: 'Namespaced' },
        versions: [{ name: 'v1alpha0', served: true, storage: true, schema }],
      },
    }
    await cluster.kubectl(['create', '--filename=-'], { input: JSON.stringify(theirs) })
    await cluster.kubectl(['wait', '--for=condition=Established', `customresourcedefinition/${name}`])
    const plan = await adapter.plan(install(), grant).finally(() => cluster.kubectl(['delete', 'customresourcedefinition', name]))
    const byCode = new Map(told(plan).map((finding) => [finding.code, finding]))
    expect([...byCode.keys()]).toEqual(['gateway-api-absent', 'stored-version-lost', 'definitions-of-others', 'object-refused'])
    expect(byCode.get('stored-version-lost')?.message).toContain(`${name} may hold objects in version v1alpha0`)
    const text = `1 definition (${name}) that release istio-base brings is there and belongs to kubectl.`
    expect(byCode.get('definitions-of-others')).toMatchObject({ message: text, severity: Severity.SEVERITY_ERROR })
    expect(byCode.get('definitions-of-others')?.remedy).toContain(
      `kubectl annotate customresourcedefinition ${name} meta.helm.sh/release-name=istio-base`,
    )
  })

  it('says which pods a namespace would refuse, and which namespaces ask for another mesh too', async () => {
    await cluster.kubectl(['create', 'namespace', 'guarded'])
    await cluster.kubectl(['label', 'namespace', 'guarded', 'pod-security.kubernetes.io/enforce=baseline', 'istio-injection=enabled'])
    await cluster.kubectl(['annotate', 'namespace', 'guarded', 'linkerd.io/inject=enabled'])
    const plan = await adapter
      .plan(install({ cni: { namespace: 'guarded' } }), grant)
      .finally(() => cluster.kubectl(['delete', 'namespace', 'guarded']))
    expect(findings(plan)).toEqual([noGatewayApi, 'error two-injectors', 'error workload-security'])
    const [, injectors, security] = told(plan)
    expect(injectors?.message).toBe(
      'Namespace guarded asks for two meshes: istio-injection=enabled and, for Linkerd, linkerd.io/inject=enabled.',
    )
    expect(security?.message).toBe('Namespace guarded refuses the pods of DaemonSet guarded/istio-cni-node: its pod security is baseline.')
    expect(security?.cause).toContain('hostPath volumes')
  })

  it('lists the permissions that a namespace-only identity lacks', async () => {
    await cluster.kubectl(['create', 'namespace', 'team'])
    await cluster.kubectl(['create', 'rolebinding', 'team', '--namespace=team', '--clusterrole=admin', '--serviceaccount=team:default'])
    const plan = await adapter.plan(install(), await grantFor(cluster, 'team', []))
    const missing = told(plan).filter(({ code }) => code === 'permission-missing')
    expect(missing.map(({ message }) => message)).toContain(
      'The cluster connection may not create customresourcedefinitions.apiextensions.k8s.io in the whole cluster.',
    )
    expect(missing.map(({ message }) => message)).toContain('The cluster connection may not create secrets in namespace istio-system.')
    expect(missing.every(({ severity }) => severity === Severity.SEVERITY_ERROR)).toBe(true)
    const scoped = await adapter.plan(install(), await grantFor(cluster, 'team', ['team']))
    expect(told(scoped).map(({ code }) => code)).toEqual(['needs-whole-cluster'])
    expect(scoped.of('step')).toEqual([])
  })

  it('fails in the second step with the cause of the cluster, never with an exit status', async () => {
    const { entries } = await run(install({}, { timeoutSeconds: 15 }))
    expect(journalOf(entries)).toEqual(['base running', 'base succeeded', 'istiod running', 'istiod failed', 'outcome failed partial'])
    const { problem, resumeFrom } = outcomeOf(entries)
    expect(problem).toMatchObject({
      reason: 'HELM_TIMEOUT',
      cause: expect.stringContaining('Deployment istio-system/istiod: 0 of 1 ready'),
    })
    expect(problem?.cause).not.toMatch(/exit (status|code)/)
    expect(resumeFrom).toBe('istiod')
  })

  it('goes on after adapter and helm were killed: reports what is there, clears the stale release, finishes', async () => {
    const call = install({})
    await using first = await newAdapter()
    const operation = randomUUID()
    const request = startOf(await first.plan(call, grant), { operation, call, grant })
    await first.start(request)
    const helm = await recordedHelm(first, () => releaseStatus('istiod').then((status) => status === 'pending-upgrade'))
    process.kill(first.child.pid ?? 0, 'SIGKILL')
    expect(isAlive(helm.pid)).toBe(true)
    // As the supervisor does after comparing the start time.
    process.kill(-helm.pgid, 'SIGKILL')
    expect(await releaseStatus('istiod')).toBe('pending-upgrade')

    const journal = [
      { key: 'base', state: 'succeeded' },
      { key: 'istiod', state: 'running' },
    ]
    const recovered = await adapter.recover({ operation, call, grant, journal, requested: [] })
    expect(recovered).toMatchObject({
      state: 'partial',
      resumeFrom: 'istiod',
      missing: [expect.stringContaining('release istiod is pending-upgrade')],
    })

    // No node runs pods here: a control plane of no replicas is the one that gets ready, now and in the tests below.
    await cluster.kubectl(['scale', 'deployment/istiod', '--namespace=istio-system', '--replicas=0'])
    await adapter.start({ ...request, resumeFrom: 'istiod' })
    const entries = await adapter.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(journalOf(entries)).toEqual(['base skipped', 'istiod running', 'istiod succeeded', 'outcome succeeded clean'])
    expect(logOf(entries)).toMatch(/Clearing revision 2 of istiod, left pending-upgrade by operation/)
    expect(await releaseStatus('istiod')).toBe('deployed')
  })

  it('leaves marks by which others tell who installed it, and a release that a plain helm can read', async () => {
    await run(install())
    const annotations = await cluster.kubectl([
      'get',
      'deployment/istiod',
      '--namespace=istio-system',
      '--output=jsonpath={.metadata.annotations}',
    ])
    expect(JSON.parse(annotations)).toMatchObject({ 'meshwright.io/operation': expect.any(String), 'meta.helm.sh/release-name': 'istiod' })
    const releases = JSON.parse(await cluster.helm(['list', '--namespace', 'istio-system', '--output', 'json']))
    expect(releases.map(({ name, status, chart }: Record<string, string>) => `${name} ${status} ${chart}`).sort()).toEqual([
      'istio-base deployed base-1.30.3',
      'istiod deployed istiod-1.30.3',
    ])
    const again = await adapter.plan(install(), grant)
    expect(again.of('object').every(({ change }) => change === Change.CHANGE_KEEP)).toBe(true)
    expect(findings(again)).toEqual([noGatewayApi, 'info installation-present', 'info values-kept'])
  })

  it('looks at network plugins and the platform at an upgrade too, and sets nothing that its user did not ask for', async () => {
    const labels = { 'node.openshift.io/os_id': 'rhel' }
    const cilium = { name: 'cilium-config', namespace: 'kube-system' }
    const items = [
      { apiVersion: 'v1', kind: 'Node', metadata: { name: 'red', labels } },
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: cilium, data: { 'kube-proxy-replacement': 'true' } },
    ]
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items })
    await cluster.kubectl(['create', '--filename=-'], { input: list })
    const plan = await adapter
      .plan(callOf('upgrade', { version: '1.30.3' }), grant)
      .finally(() => cluster.kubectl(['delete', '--filename=-'], { input: list }))
    expect(findings(plan)).toEqual(expect.arrayContaining(['warning cilium-socket-lb', 'warning platform-setting-missing']))
    const missing = told(plan).find(({ code }) => code === 'platform-setting-missing')
    expect(missing?.message).toBe('This cluster is of OpenShift, and istiod has no global.platform=openshift.')
    const rendered = plan.of('object').filter(({ object }) => object?.kind === 'Deployment')
    expect(rendered.map(({ afterYaml }) => afterYaml).join()).not.toContain('openshift')
  })

  it('does not act on an installation that another tool reconciles, and says which', async () => {
    await cluster.kubectl([
      'annotate',
      'deployment/istiod',
      '--namespace=istio-system',
      'argocd.argoproj.io/tracking-id=mesh:apps/Deployment',
    ])
    for (const call of [install(), uninstall]) {
      const plan = await adapter.plan(call, grant)
      const finding = told(plan).find(({ code }) => code === 'installer-not-ours')
      expect(finding?.remedy).toContain('Argo CD')
      const request = startOf(plan, { operation: randomUUID(), call, grant })
      expect(await problemOf(adapter.start(request))).toMatchObject({ reason: 'INSTALLER_NOT_OURS' })
    }
    await cluster.kubectl(['annotate', 'deployment/istiod', '--namespace=istio-system', 'argocd.argoproj.io/tracking-id-'])
  })

  it('keeps off a release that somebody else works on', async () => {
    const secret = await newestRecord('istio-base')
    await cluster.kubectl([
      'label',
      'secret',
      secret,
      '--namespace=istio-system',
      '--overwrite',
      'status=pending-upgrade',
      'meshwright.io/operation-',
    ])
    const plan = await adapter.plan(install(), grant)
    expect(findings(plan)).toContain('error release-busy')
    await cluster.kubectl(['label', 'secret', secret, '--namespace=istio-system', '--overwrite', 'status=deployed'])
  })

  it('uninstalls in reverse order, only with the confirmation that names the members left, and names what stays', async () => {
    await cluster.kubectl(['label', 'namespace', 'team', 'istio-injection=enabled'])
    const plan = await adapter.plan(uninstall, grant)
    expect(plan.of('step').map(({ key }) => key)).toEqual(['mark-namespaces', 'roll-team', 'leave-mesh', 'webhooks', 'istiod', 'base'])
    expect(plan.of('confirmation')).toMatchObject([{ code: 'members-leave', destructive: true, text: expect.stringContaining('(team:') }])
    const request = startOf(plan, { operation: randomUUID(), call: uninstall, grant })
    expect(await problemOf(adapter.start(request))).toMatchObject({
      reason: 'CONFIRMATION_REQUIRED',
      title: expect.stringContaining('team'),
    })

    await adapter.start({ ...request, confirmed: ['members-leave'] })
    const entries = await adapter.watch(request)
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    const named = new Set(plan.of('leftover').flatMap(({ object }) => (object ? [`${object.kind} ${object.name}`] : [])))
    const left = (await listEverything(cluster)).filter(({ namespace, name }) => namespace === 'istio-system' || /istio/.test(name))
    // The API server registers an APIService for each definition, and takes it away with it.
    const ofKubernetes = /^ConfigMap kube-root-ca.crt$|^ServiceAccount default$|^APIService /
    const unnamed = left.map(({ kind, name }) => `${kind} ${name}`).filter((name) => !named.has(name) && !ofKubernetes.test(name))
    expect(unnamed).toEqual([])
    expect(await adapter.recover({ operation: request.operation, call: uninstall, grant, journal: [], requested: [] })).toMatchObject({
      state: 'finished',
    })
    expect(findings(await adapter.plan(uninstall, grant))).toEqual(['error installation-absent'])
  })

  async function newestRecord(name: string): Promise<string> {
    const selector = `--selector=owner=helm,name=${name}`
    return cluster.kubectl(['get', 'secrets', '--namespace=istio-system', selector, '--output=jsonpath={.items[-1:].metadata.name}'])
  }

  async function releaseStatus(name: string): Promise<string> {
    const selector = `--selector=owner=helm,name=${name}`
    const text = await cluster.kubectl([
      'get',
      'secrets',
      '--namespace=istio-system',
      selector,
      '--output=jsonpath={.items[-1:].metadata.labels.status}',
    ])
    return text.trim()
  }
})

async function recordedHelm({ workDir }: AdapterUnderTest, reached: () => Promise<boolean>): Promise<{ pid: number; pgid: number }> {
  while (!(await reached())) await sleep(100)
  return JSON.parse(await readFile(join(workDir, 'helm.pid'), 'utf8'))
}

function severityName(severity: Severity): string {
  return severity === Severity.SEVERITY_ERROR ? 'error' : severity === Severity.SEVERITY_WARNING ? 'warning' : 'info'
}
