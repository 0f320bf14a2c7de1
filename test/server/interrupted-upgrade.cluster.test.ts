import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Operation } from '../../contract/operation.js'
import type { Plan } from '../../contract/plan.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { startKwokCluster } from '../cluster/kwok-cluster.js'
import { beginRetry, operationEnded, retryOperation } from '../cluster/meshes/begin-install.js'
import { runOperation, startMeshServer } from '../cluster/meshes/with-mesh.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { listEverything } from '../support/list-everything.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

const describe = clusterTest('kwok', import.meta.url)

// helm's mechanics on a real API server; the pods only look as if they ran. One upgrade: each test goes on where the one before left it.
describe('an upgrade that is interrupted', () => {
  let kwok: TestCluster
  let server: RunningServer
  let cluster: Cluster

  beforeAll(async () => {
    kwok = await startKwokCluster({ webhooks: 'left-out' })
    server = await startMeshServer()
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'kwok', kubeconfig: kwok.kubeconfigText })
    await runOperation(server, request('install', { version: '1.29.6' }))
    await detected('1.29.6')
  })
  afterAll(async () => {
    await server?.stop()
    await kwok?.stop()
  })

  const request = (action: string, more: object = {}) => ({ cluster: cluster.id, mesh: 'istio', action, confirm: true, ...more })
  const detected = (version: string) =>
    waitFor(
      async () => (await server.get<{ items: Installation[] }>('/api/v1/installations')).items,
      (items) => items.length === 1 && items[0]?.version === version,
    )
  const read = (id: string) => server.get<Operation>(`/api/v1/operations/${id}`)
  const untilStep = (id: string, wanted: string) =>
    waitFor(
      () => read(id),
      ({ steps }) => steps.some(({ component, state }) => component === wanted && state === 'running'),
    )
  const releases = async () => {
    const rows: { chart: string; status: string }[] = JSON.parse(await kwok.helm(['list', '--all-namespaces', '--output=json']))
    return rows.map(({ chart, status }) => `${chart} ${status}`).sort()
  }
  let attempt: Operation

  it('by a loss of the API server ends without a claim about the cluster', async () => {
    attempt = await server.post<Operation>('/api/v1/operations', request('upgrade', { version: '1.30.3' }))
    await untilStep(attempt.id, 'base')
    await kwok.crash('kube-apiserver')
    // It stays away until helm has given up: one that is back before helm asks again would not be noticed.
    const ended = await waitFor(() => read(attempt.id), operationEnded, 180_000)
    expect(ended).toMatchObject({ state: 'failed', error: { code: 'cluster-unreachable' }, outcome: { world: 'unknown' } })
    expect(ended.error?.remedy).toBeTruthy()
    const until = (live: boolean) =>
      waitFor(
        () => server.get<Cluster>(`/api/v1/clusters/${cluster.id}`),
        ({ state }) => (state === 'live') === live,
      )
    await until(false)
    await kwok.revive('kube-apiserver')
    await until(true)
  })

  it.each(['base', 'istiod'])('by a cancel of its retry in step %s leaves what it says', async (component) => {
    attempt = await beginRetry(server, attempt.id)
    await untilStep(attempt.id, component)
    await server.post(`/api/v1/operations/${attempt.id}/cancel`, {})
    const ended = await waitFor(() => read(attempt.id), operationEnded)
    expect(ended).toMatchObject({ state: 'cancelled', outcome: { world: 'partial' } })
    expect(ended.steps.find((step) => step.component === component)?.state).toBe('cancelled')
  })

  it('is finished by a retry', async () => {
    const ended = await retryOperation(server, attempt.id)
    expect(ended, JSON.stringify(ended.error)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(await releases()).toEqual(['base-1.30.3 deployed', 'istiod-1.30.3 deployed'])
    await detected('1.30.3')
  })

  it('goes back, once it is through, by a confirmed plan that counts what is lost', async () => {
    const plan = async (params: object) => {
      const { id } = await server.post<Plan>('/api/v1/plans', { cluster: cluster.id, mesh: 'istio', action: 'roll-back', params })
      return waitFor(
        () => server.get<Plan>(`/api/v1/plans/${id}`),
        ({ state }) => state !== 'planning',
      )
    }
    const unnamed = await plan({ release: 'istiod' })
    expect(unnamed).toMatchObject({
      state: 'refused',
      findings: [{ code: 'revision-absent', cause: expect.stringContaining('1 (istiod 1.29.6, superseded)') }],
    })
    expect(await plan({ release: 'nobody', revision: 1 })).toMatchObject({ state: 'refused', findings: [{ code: 'release-absent' }] })
    const extra = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs', namespace: 'istio-system' } })
    await kwok.kubectl(['apply', '--filename=-'], { input: extra })

    const made = await plan({ release: 'istiod', revision: 1 })
    expect(made.findings.map(({ code }) => code)).toEqual(['older-version'])
    expect(made.confirmations).toMatchObject([{ code: 'roll-back', destructive: true }])
    expect(made.confirmations[0]?.text).toMatch(
      /^Release istiod in istio-system goes back from revision \d+ \(istiod 1\.30\.3\) to revision 1 \(istiod 1\.29\.6\)\. .+, \d+ changes?, and \d+ comes? back\.$/,
    )
    const started = await server.post<Operation>('/api/v1/operations', { plan: made.id, confirm: ['roll-back'] })
    const ended = await waitFor(() => read(started.id), operationEnded, 180_000)
    expect(ended, JSON.stringify(ended.error)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(await releases()).toEqual(['base-1.30.3 deployed', 'istiod-1.29.6 deployed'])
    await detected('1.29.6')
    const gone = made.confirmations[0]?.objects.map(({ kind, name }) => `${kind} ${name}`) ?? []
    const left = (await listEverything(kwok)).map(({ kind, name }) => `${kind} ${name}`)
    expect(left.filter((key) => gone.includes(key))).toEqual([])
    expect(left).toContain('ConfigMap theirs')
  })
})
