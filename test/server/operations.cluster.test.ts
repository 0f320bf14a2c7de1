import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Adapter } from '../../contract/mesh.js'
import { Operation, type OperationLogEntry, type OperationObjects } from '../../contract/operation.js'
import type { Plan, PlannedObject, PlannedObjectDiff } from '../../contract/plan.js'
import type { Problem } from '../../contract/problem.js'
import { startApiCluster } from '../cluster/api-cluster.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { isAlive } from '../support/processes.js'
import { type RunningServer, startServer, waitFor } from '../support/running-server.js'

type Items<Item> = { items: Item[]; next?: string; total?: number }

const describe = clusterTest('api', import.meta.url)

describe('operations on a real API server', () => {
  let api: TestCluster
  let server: RunningServer
  let cluster: Cluster

  beforeAll(async () => {
    api = await startApiCluster()
    server = await startServer()
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'api', kubeconfig: api.kubeconfigText })
  })
  afterAll(async () => {
    await server?.stop()
    await api?.stop()
  })

  const request = (manifests: string, more: object = {}) => ({
    ...{ cluster: cluster.id, mesh: 'kubernetes', action: 'apply-manifests' },
    params: { manifests, ...more },
  })
  const read = (id: string) => server.get<Operation>(`/api/v1/operations/${id}`)
  const ended = ({ state }: Operation) => ['succeeded', 'failed', 'cancelled'].includes(state)
  const untilEnded = (id: string) => waitFor(() => read(id), ended)
  const readyPlan = async (body: object) => {
    const { id } = await server.post<Plan>('/api/v1/plans', body)
    return waitFor(
      () => server.get<Plan>(`/api/v1/plans/${id}`),
      ({ state }) => state !== 'planning',
    )
  }
  const logOf = async (id: string) => (await server.get<Items<OperationLogEntry>>(`/api/v1/operations/${id}/log`)).items

  it('plan without changing anything, show a diff, then do what was planned', async () => {
    const plan = await readyPlan(request(namespace('planned')))
    expect(plan).toMatchObject({ state: 'ready', objectCount: 1, changes: { create: 1, update: 0, delete: 0, keep: 0 } })
    await expect(api.kubectl(['get', 'namespace', 'planned'])).rejects.toThrow('not found')
    const { items } = await server.get<Items<PlannedObject>>(`/api/v1/plans/${plan.id}/objects`)
    expect(items).toMatchObject([{ n: 1, change: 'create', verdict: 'server', object: { kind: 'Namespace', name: 'planned' } }])
    const { diff } = await server.get<PlannedObjectDiff>(`/api/v1/plans/${plan.id}/objects/1`)
    expect(diff).toMatch(/^\+ +name: planned$/m)

    const { id } = await server.post<Operation>('/api/v1/operations', { plan: plan.id })
    expect(await untilEnded(id)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' }, plan: plan.id })
    expect(await api.kubectl(['get', 'namespace', 'planned', '--output=name'])).toContain('namespace/planned')
  })

  it('start a plan once: a second start is told that the plan is stale', async () => {
    const plan = await readyPlan(request(namespace('once')))
    await untilEnded((await server.post<Operation>('/api/v1/operations', { plan: plan.id })).id)
    const again = await server.call<Problem>('POST', '/api/v1/operations', { plan: plan.id })
    expect(again).toMatchObject({ status: 409, body: { code: 'plan-stale', cause: 'It was started already.' } })
  })

  it('refuse to start when the cluster changed after the plan, before anything is changed', async () => {
    await api.kubectl(['create', 'namespace', 'moved'])
    const plan = await readyPlan(request(configMap('moved', 'one')))
    await api.kubectl(['create', 'configmap', 'settings', '--namespace=moved', '--from-literal=key=theirs'])
    const { id } = await server.post<Operation>('/api/v1/operations', { plan: plan.id })
    expect(await untilEnded(id)).toMatchObject({ state: 'failed', error: { code: 'plan-stale' }, outcome: { world: 'clean' } })
    expect(await api.kubectl(['get', 'configmap', 'settings', '-n', 'moved', '--output=jsonpath={.data.key}'])).toBe('theirs')
  })

  it('record exactly the changes that the API server saw of this identity', async () => {
    const { id } = await server.post<Operation>('/api/v1/operations', {
      ...request(`${namespace('audited')}\n---\n${configMap('audited', 'x')}`),
      confirm: true,
    })
    expect(await untilEnded(id)).toMatchObject({ state: 'succeeded' })
    const { requested, observed, complete } = await server.get<OperationObjects>(`/api/v1/operations/${id}/objects`)
    const audit = (await readFile(api.auditLogPath, 'utf8'))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
    const truth = audit.filter(
      ({ stage, verb, requestURI, objectRef }) =>
        stage === 'ResponseComplete' &&
        ['create', 'update', 'patch', 'delete', 'deletecollection'].includes(verb) &&
        !requestURI.includes('dryRun') &&
        (objectRef?.name === 'audited' || objectRef?.namespace === 'audited') &&
        requestURI.includes('fieldManager=meshwright'),
    )
    expect(requested.map(({ auditId }) => auditId)).toEqual(truth.map(({ auditID }) => auditID))
    expect(requested.map(({ verb, object }) => `${verb} ${object.kind} ${object.namespace}/${object.name}`)).toEqual([
      'patch Namespace /audited',
      'patch ConfigMap audited/settings',
    ])
    expect(complete).toBe(true)
    expect(observed.map(({ change, object }) => `${change} ${object.kind} ${object.name}`).sort()).toEqual([
      'appeared ConfigMap settings',
      'appeared Namespace audited',
    ])
  })

  it('say what is wrong with manifests, and keep nothing half done', async () => {
    const plan = await readyPlan(request(configMap('no-such-namespace', 'x')))
    expect(plan.state).toBe('refused')
    const refused = await server.call<Problem>('POST', '/api/v1/operations', { plan: plan.id })
    expect(refused).toMatchObject({ status: 409, body: { code: 'plan-refused' } })
    expect(refused.body.remedy).toBeTruthy()
    const oneGo = await server.post<Operation>('/api/v1/operations', { ...request(configMap('no-such-namespace', 'x')), confirm: true })
    expect(await untilEnded(oneGo.id)).toMatchObject({ state: 'failed', outcome: { world: 'clean' } })
  })

  it.each([
    ['an unknown mesh', { mesh: 'nothing' }, 404, 'not-found'],
    ['an unknown action', { action: 'explode' }, 409, 'action-not-offered'],
    ['an unknown cluster', { cluster: '01900000-0000-7000-8000-000000000000' }, 404, 'not-found'],
    ['an unknown installation', { installation: 'nowhere.istio.istio-system.default' }, 404, 'not-found'],
    ['an unknown parameter', { params: { manifests: 'x', extra: 1 } }, 400, 'invalid-parameters'],
    ['an unknown field', { surprise: true }, 400, 'invalid-request'],
  ])('refuse %s before anything is stored', async (_what, change, status, code) => {
    const operations = await server.get<Items<Operation>>('/api/v1/operations?limit=500')
    const answer = await server.call<Problem>('POST', '/api/v1/operations', { ...request(namespace('x')), ...change })
    expect(answer).toMatchObject({ status, body: { code } })
    expect(await server.get<Items<Operation>>('/api/v1/operations?limit=500')).toEqual(operations)
  })

  it('keep one another out: a second one on the same things is told which holds them', async () => {
    await api.kubectl(['create', 'namespace', 'waiting'])
    const first = await server.post<Operation>('/api/v1/operations', { ...request(deployment('waiting'), { wait: true }), confirm: true })
    await waitFor(
      () => read(first.id),
      ({ steps }) => steps.some(({ key, state }) => key.startsWith('wait') && state === 'running'),
    )
    const plan = await readyPlan(request(namespace('other')))
    const second = await server.call<Problem>('POST', '/api/v1/operations', { plan: plan.id })
    expect(second).toMatchObject({ status: 409, body: { code: 'locked' } })
    expect(second.body.cause).toContain(first.id)
    const removal = await server.call<Problem>('DELETE', `/api/v1/clusters/${cluster.id}`)
    expect(removal).toMatchObject({ status: 409, body: { code: 'cluster-in-use' } })

    await server.post(`/api/v1/operations/${first.id}/cancel`, {})
    expect(await untilEnded(first.id)).toMatchObject({ state: 'cancelled', outcome: { world: 'partial' } })
    const third = await server.post<Operation>('/api/v1/operations', { plan: plan.id })
    expect(await untilEnded(third.id)).toMatchObject({ state: 'succeeded' })
  })

  it('are interrupted when their adapter is killed, looked at through a read-only grant, and go on by a resume', async () => {
    await api.kubectl(['create', 'namespace', 'killed'])
    const { id } = await server.post<Operation>('/api/v1/operations', { ...request(deployment('killed'), { wait: true }), confirm: true })
    await waitFor(
      () => read(id),
      ({ steps }) => steps.some(({ key, state }) => key.startsWith('wait') && state === 'running'),
    )
    const adapter = (await server.get<Items<Adapter>>('/api/v1/adapters')).items.find(({ mesh }) => mesh === 'kubernetes')
    process.kill(adapter?.pid ?? 0, 'SIGKILL')
    const looked = await waitFor(
      () => read(id),
      ({ state, outcome }) => state === 'interrupted' && outcome?.resumeFrom !== undefined,
      30_000,
    )
    expect(looked).toMatchObject({ outcome: { world: 'partial' }, error: { code: 'interrupted' }, can: ['resume', 'cancel'] })
    expect(isAlive(adapter?.pid ?? 0)).toBe(false)
    expect((await logOf(id)).map(({ code }) => code).filter((code) => code === 'FENCED' || code === 'RECOVERED')).toEqual([
      'FENCED',
      'RECOVERED',
    ])

    await server.post(`/api/v1/operations/${id}/resume`, {})
    await waitFor(
      () => read(id),
      ({ state, steps }) => state === 'running' && steps.some(({ key, state: at }) => key.startsWith('wait') && at === 'running'),
    )
    await api.kubectl(['scale', 'deployment', 'app', '--namespace=killed', '--replicas=0'])
    expect(await untilEnded(id)).toMatchObject({ state: 'succeeded' })
  })

  it('are a failed plan again when retried, linked to the first', async () => {
    const failed = await server.post<Operation>('/api/v1/operations', { ...request(configMap('later', 'x')), confirm: true })
    await untilEnded(failed.id)
    await api.kubectl(['create', 'namespace', 'later'])
    const plan = await server.post<Plan>(`/api/v1/operations/${failed.id}/retry`, {})
    expect(plan.retryOf).toBe(failed.id)
    await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${plan.id}`),
      ({ state }) => state === 'ready',
    )
    const second = await server.post<Operation>('/api/v1/operations', { plan: plan.id })
    expect(await untilEnded(second.id)).toMatchObject({ state: 'succeeded', retryOf: failed.id })
  })

  it('answer a repeated call with the same Idempotency-Key once', async () => {
    const send = (body: object): Promise<{ status: number; body: unknown }> =>
      fetch(`${server.url}/api/v1/operations`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json', 'idempotency-key': 'k-1' },
        body: JSON.stringify(body),
      }).then(async (answer) => ({ status: answer.status, body: await answer.json() }))
    const body = { ...request(namespace('idempotent')), confirm: true }
    const [one, two] = [await send(body), await send(body)]
    expect(two).toEqual(one)
    expect(await send({ ...body, confirm: [] })).toMatchObject({ status: 409, body: { code: 'idempotency-conflict' } })
    expect(await untilEnded(Operation.parse(one.body).id)).toMatchObject({ state: 'succeeded' })
  })

  it('of a mesh are refused on a connection for some namespaces only, before anything is rendered', async () => {
    const scoped = await server.post<Cluster>('/api/v1/clusters', { name: 'scoped', kubeconfig: api.kubeconfigText, scope: ['default'] })
    const plan = await readyPlan({ cluster: scoped.id, mesh: 'istio', action: 'install' })
    expect(plan).toMatchObject({ state: 'refused', steps: [], findings: [{ code: 'needs-whole-cluster', severity: 'error' }] })
    expect(plan.findings[0]?.remedy).toContain('scope')
  })

  it('are listed newest first, page by page, each once', async () => {
    const all = await server.get<Items<Operation>>('/api/v1/operations?limit=500')
    const ids: string[] = []
    let cursor = ''
    do {
      const page: Items<Operation> = await server.get(`/api/v1/operations?limit=3${cursor && `&cursor=${cursor}`}`)
      ids.push(...page.items.map(({ id }) => id))
      cursor = page.next ?? ''
    } while (cursor !== '')
    expect(ids).toEqual(all.items.map(({ id }) => id))
    expect([...ids].sort().reverse()).toEqual(ids)
  })
})

function namespace(name: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}}`
}

function configMap(space: string, value: string): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: ${space}}\ndata: {key: ${value}}`
}

/** Without a kubelet its pod never gets ready: an operation that waits for it goes on until it is told otherwise. */
function deployment(space: string): string {
  const template = { metadata: { labels: { app: 'app' } }, spec: { containers: [{ name: 'app', image: 'localhost/none:1' }] } }
  const spec = { replicas: 1, selector: { matchLabels: { app: 'app' } }, template }
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'app', namespace: space }, spec })
}
