import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster, ClusterCheckReport } from '../../contract/cluster.js'
import type { Installation, NamespaceMembership } from '../../contract/installation.js'
import type { Operation, OperationObjects } from '../../contract/operation.js'
import type { Plan, PlannedObject } from '../../contract/plan.js'
import type { Problem } from '../../contract/problem.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { applyEchoApplication, type EchoApplication } from '../cluster/meshes/echo-application.js'
import { istioImages, istioValues } from '../cluster/meshes/istio-values.js'
import { answered, callMeanwhile } from '../cluster/meshes/mesh-traffic.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import { type NodeCluster, startNodeCluster } from '../cluster/node-cluster.js'
import { keyOf, leftSince } from '../support/leftover-truth.js'
import { listEverything, listSettled } from '../support/list-everything.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

type Items<Item> = { items: Item[]; next?: string; total?: number }

const describe = clusterTest('istio', import.meta.url)

describe('Istio on a real node, through the REST API', () => {
  let node: NodeCluster
  let server: RunningServer
  let application: EchoApplication
  let cluster: Cluster
  let install: Operation
  let plannedKeys: Set<string>
  let before: Awaited<ReturnType<typeof listEverything>>

  beforeAll(async () => {
    node = await startNodeCluster({ images: istioImages })
    application = await applyEchoApplication(node, { namespace: 'shop' })
    server = await startMeshServer()
  })
  afterAll(async () => {
    await server?.stop()
    await node?.stop()
  })

  const target = (mesh: string, action: string) => ({ cluster: cluster.id, mesh, action })
  const finished = async (operation: Operation) => {
    const ended = await waitFor(
      () => server.get<Operation>(`/api/v1/operations/${operation.id}`),
      ({ state }) => ['succeeded', 'failed', 'cancelled', 'interrupted'].includes(state),
      300_000,
    )
    const log = await server.get<Items<{ message: string }>>(`/api/v1/operations/${operation.id}/log`)
    expect(ended, [JSON.stringify(ended.error), ...log.items.map(({ message }) => message)].join('\n')).toMatchObject({
      state: 'succeeded',
      outcome: { world: 'clean' },
    })
    return ended
  }
  const planned = async (request: object) => {
    const plan = await server.post<Plan>('/api/v1/plans', request)
    return waitFor(
      () => server.get<Plan>(`/api/v1/plans/${plan.id}`),
      ({ state }) => state !== 'planning',
    )
  }
  const applyManifests = async (manifests: string, action = 'apply-manifests') =>
    finished(await server.post<Operation>('/api/v1/operations', { ...target('kubernetes', action), params: { manifests }, confirm: true }))
  const restart = async (namespace: string) =>
    finished(
      await server.post<Operation>('/api/v1/operations', {
        ...target('kubernetes', 'restart-workloads'),
        params: { namespace },
        confirm: true,
      }),
    )

  it('connects by a kubeconfig and checks reach, auth, permissions and version', async () => {
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'node', kubeconfig: node.kubeconfigText })
    const report = await server.post<ClusterCheckReport>(`/api/v1/clusters/${cluster.id}/check`, {})
    expect(report.checks.map(({ check, result }) => `${check} ${result}`)).toEqual(['reach ok', 'auth ok', 'permissions ok', 'version ok'])
    const live = await waitFor(
      () => server.get<Cluster>(`/api/v1/clusters/${cluster.id}`),
      ({ state }) => state === 'live',
    )
    expect(live.kubernetesVersion).toBe('v1.36.3')
    expect((await server.get<Items<Installation>>('/api/v1/installations')).items).toEqual([])
  })

  it('plans an installation with a verdict for every object and changes nothing by it', async () => {
    before = await listSettled(node)
    const plan = await planned({ ...target('istio', 'install'), version: '1.30.3', components: gatewayWithValues() })
    const after = await listEverything(node)
    expect(after).toEqual(before)
    expect(plan.findings.filter(({ severity }) => severity === 'error')).toEqual([])
    expect(plan.state).toBe('ready')
    expect(plan.steps.filter(({ kind }) => kind === 'helm').map(({ component }) => component)).toEqual(['base', 'istiod', 'gateway'])

    const objects = await allObjects(plan)
    expect(objects.length).toBe(plan.objectCount)
    plannedKeys = new Set(objects.map(({ object }) => keyOf(object)))
    expect(objects.filter(({ object }) => object.kind === 'CustomResourceDefinition')).toHaveLength(15)
    const verdicts = new Set(objects.map(({ verdict }) => verdict))
    expect([...verdicts].every((verdict) => ['server', 'schema-only', 'deferred'].includes(verdict))).toBe(true)
    expect(verdicts).toContain('server')
    expect(objects.filter(({ verdict, reason }) => verdict === 'deferred' && !reason)).toEqual([])

    install = await server.post<Operation>('/api/v1/operations', { plan: plan.id })
  })

  it('installs base, istiod and gateway in this order, until they are Ready', async () => {
    const ended = await finished(install)
    const helmSteps = ended.steps.filter(({ component }) => ['base', 'istiod', 'gateway'].includes(component))
    expect(helmSteps.map(({ component, state }) => `${component} ${state}`)).toEqual([
      'base succeeded',
      'istiod succeeded',
      'gateway succeeded',
    ])
    const starts = helmSteps.map(({ startedAt }) => Date.parse(startedAt ?? ''))
    expect(starts).toEqual([...starts].sort((one, other) => one - other))
    expect(await readyPods(node, 'istio-system')).toEqual(await allPods(node, 'istio-system'))
    expect(await readyPods(node, 'istio-ingress')).toHaveLength(1)
    const { requested } = await server.get<OperationObjects>(`/api/v1/operations/${install.id}/objects`)
    const unplanned = requested.filter(({ object }) => !plannedKeys.has(keyOf(object))).map(({ object }) => object)
    // Helm's own records are no part of the mesh; their names end in the number of the release.
    expect(unplanned.filter(({ kind, name }) => kind !== 'Secret' || !name.startsWith('sh.helm.release.v1.'))).toEqual([])
  })

  it('shows exactly the control-plane pods that kubectl shows', async () => {
    const expected = [...(await allPods(node, 'istio-system')), ...(await allPods(node, 'istio-ingress'))].sort()
    const [installation] = await waitFor(
      async () => (await server.get<Items<Installation>>(`/api/v1/installations?cluster=${cluster.id}&mesh=istio`)).items,
      (items) => items[0]?.health === 'healthy' && items[0].components.length === expected.length,
    )
    expect(installation).toMatchObject({ namespace: 'istio-system', version: '1.30.3', managed: true, health: 'healthy' })
    expect(installation?.components.map(({ pod }) => pod).sort()).toEqual(expected)
    expect(installation?.components.every(({ version, ready, node: at }) => version === '1.30.3' && ready && at === node.nodeName)).toBe(
      true,
    )
  })

  it('takes an application into the mesh by manifest operations', async () => {
    await applyManifests(namespaceManifest({ 'istio-injection': 'enabled' }))
    await restart('shop')
    expect(await sidecars(node, 'shop')).toBe(2)
    expect(await application.call(5)).toEqual({ '200 v1': 5 })
    const membership = await waitFor(
      async () => (await server.get<Items<NamespaceMembership>>(`/api/v1/namespaces?cluster=${cluster.id}`)).items,
      (items) => items.some(({ namespace, injected }) => namespace === 'shop' && injected === 2),
    )
    expect(membership.find(({ namespace, mesh }) => namespace === 'shop' && mesh === 'istio')).toMatchObject({ desired: 'in', total: 2 })
  })

  it('upgrades the data plane as soon as the disruption budget can spare a pod, and the application answers meanwhile', async () => {
    const next = 'localhost/istio/next:1.30.3'
    await node.ctr(['images', 'tag', 'localhost/istio/proxyv2:1.30.3', next])
    const rollout = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } }
    const two = JSON.stringify({ spec: { replicas: 2, strategy: rollout } })
    await node.kubectl(['patch', 'deployment/echo-v1', '--namespace=shop', '--patch', two])
    await node.kubectl(['rollout', 'status', 'deployment/echo-v1', '--namespace=shop', '--timeout=60s'])
    const budget = ['poddisruptionbudget/echo', '--namespace=shop']
    await node.kubectl(['create', 'poddisruptionbudget', 'echo', '--namespace=shop', '--selector=app=echo', '--min-available=2'])
    await node.kubectl(['wait', ...budget, '--for=jsonpath={.status.expectedPods}=2', '--timeout=30s'])
    const istiod = { values: { global: { proxy: { image: 'next' } } } }
    const upgrade = { ...target('istio', 'upgrade'), version: '1.30.3', components: { istiod }, confirm: true }
    await finished(await server.post<Operation>('/api/v1/operations', upgrade))
    expect(await proxyImages(node, 'shop')).toEqual(['localhost/istio/proxyv2:1.30.3'])

    const dataPlane = target('istio', 'upgrade-data-plane')
    const refused = await planned(dataPlane)
    const errors = refused.findings.filter(({ severity }) => severity === 'error')
    expect(errors.map(({ code, object }) => `${code} ${object?.name}`)).toEqual(['disruption-budget echo-v1'])
    await node.kubectl(['patch', ...budget, '--type=merge', '--patch={"spec":{"minAvailable":1}}'])
    await node.kubectl(['wait', ...budget, '--for=jsonpath={.status.disruptionsAllowed}=1', '--timeout=30s'])
    const started = await server.post<Operation>('/api/v1/operations', { ...dataPlane, confirm: true })
    // The client inside is restarted with the others.
    const { answers } = await callMeanwhile({ call: (calls) => application.call(calls, { from: 'plain' }) }, finished(started))
    // A pod that ends may refuse a call that was on its way; the other one answers.
    expect(answered(answers)).toBeGreaterThanOrEqual(20)
    expect(await proxyImages(node, 'shop')).toEqual([next])
    expect((await planned(dataPlane)).findings.map(({ code }) => code)).toEqual(['data-plane-in-step'])
    await node.kubectl(['delete', ...budget])
  })

  it('refuses to uninstall while there are members, until the confirmation that counts them', async () => {
    const plan = await planned(target('istio', 'uninstall'))
    expect(plan.state).toBe('ready')
    const confirmation = plan.confirmations.find(({ code }) => code === 'members-leave')
    expect(confirmation).toMatchObject({ destructive: true })
    expect(confirmation?.text).toContain('shop')
    for (const confirm of [undefined, true, []]) {
      const refused = await server.call<Problem>('POST', '/api/v1/operations', {
        plan: plan.id,
        ...(confirm === undefined ? {} : { confirm }),
      })
      expect(refused.status).toBe(409)
      expect(refused.body).toMatchObject({ code: 'confirmation-required' })
      expect(refused.body.cause).toContain('shop')
    }
  })

  it('lets the application leave, uninstalls, and names every leftover', async () => {
    const plan = await planned(target('istio', 'uninstall'))
    const uninstall = await finished(
      await server.post<Operation>('/api/v1/operations', { plan: plan.id, confirm: plan.confirmations.map(({ code }) => code) }),
    )
    expect(await sidecars(node, 'shop')).toBe(0)
    expect(await application.call(5)).toEqual({ '200 v1': 5 })

    const objects = await server.get<OperationObjects>(`/api/v1/operations/${uninstall.id}/objects`)
    expect(objects).toMatchObject({ complete: true })
    expect(uninstall.outcome?.summary).toMatch(/^\d+ objects are left;/)
    const named = objects.observed.filter(({ change }) => change === 'left').map(({ object }) => keyOf(object))
    // Pods in their grace period are no leftovers: Kubernetes takes them away, and we wait for it before we compare.
    const after = await waitFor(
      () => listEverything(node),
      (all) => !all.some(({ kind, namespace }) => kind === 'Pod' && namespace.startsWith('istio-')),
    )
    expect(named.sort()).toEqual(leftSince(before, after))
    await waitFor(
      () => server.get<Items<Installation>>(`/api/v1/installations?cluster=${cluster.id}`),
      ({ items }) => items.length === 0,
    )
  })

  async function allObjects(plan: Plan): Promise<PlannedObject[]> {
    const objects: PlannedObject[] = []
    let cursor: string | undefined = ''
    while (cursor !== undefined) {
      const page: Items<PlannedObject> = await server.get(`/api/v1/plans/${plan.id}/objects?limit=50${cursor && `&cursor=${cursor}`}`)
      objects.push(...page.items)
      cursor = page.next
    }
    return objects
  }
})

function gatewayWithValues() {
  const { base, istiod, gateway } = istioValues
  return { base: { values: base }, istiod: { values: istiod }, gateway: { enabled: true, values: gateway } }
}

function namespaceManifest(labels: Record<string, string>): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } })
}

async function allPods(node: NodeCluster, namespace: string): Promise<string[]> {
  const text = await node.kubectl(['get', 'pods', `--namespace=${namespace}`, '--output=jsonpath={.items[*].metadata.name}'])
  return text.split(' ').filter(Boolean).sort()
}

/** The images of the proxies of pods that stay, each once. */
async function proxyImages(node: NodeCluster, namespace: string): Promise<string[]> {
  const { items }: { items: Pod[] } = JSON.parse(await node.kubectl(['get', 'pods', `--namespace=${namespace}`, '--output=json']))
  const staying = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
  const containers = staying.flatMap(({ spec }) => [...(spec.initContainers ?? []), ...spec.containers])
  return [...new Set(containers.filter(({ name }) => name === 'istio-proxy').map(({ image }) => image))]
}

interface Pod {
  metadata: { deletionTimestamp?: string }
  spec: Record<'containers', Named[]> & Partial<Record<'initContainers', Named[]>>
}

interface Named {
  name: string
  image: string
}

async function readyPods(node: NodeCluster, namespace: string): Promise<string[]> {
  const path = '{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}'
  const lines = await node.kubectl(['get', 'pods', `--namespace=${namespace}`, `--output=jsonpath=${path}`])
  return lines
    .split('\n')
    .filter((line) => line.endsWith(' True'))
    .map((line) => line.slice(0, -' True'.length))
    .sort()
}

/** How many running pods of the namespace carry the sidecar, as a native sidecar or as a container. */
async function sidecars(node: NodeCluster, namespace: string): Promise<number> {
  const path = '{range .items[?(@.status.phase=="Running")]}{.spec.initContainers[*].name} {.spec.containers[*].name}{"\\n"}{end}'
  const lines = await node.kubectl([
    'get',
    'pods',
    `--namespace=${namespace}`,
    '--field-selector=status.phase=Running',
    `--output=jsonpath=${path}`,
  ])
  return lines.split('\n').filter((line) => line.split(' ').includes('istio-proxy')).length
}
