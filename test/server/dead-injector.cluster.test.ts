import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CheckReport } from '../../contract/check-report.js'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Operation } from '../../contract/operation.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { startKwokCluster } from '../cluster/kwok-cluster.js'
import { operationEnded } from '../cluster/meshes/begin-install.js'
import { runOperation, startMeshServer } from '../cluster/meshes/with-mesh.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

const describe = clusterTest('kwok', import.meta.url)

// Nobody answers the webhooks here, and the API server refuses what they are asked about, as it does behind a dead control plane.
describe('A fail-closed injector that nobody answers', () => {
  let kwok: TestCluster
  let server: RunningServer
  let cluster: Cluster

  beforeAll(async () => {
    kwok = await startKwokCluster({ webhooks: 'as-written' })
    server = await startMeshServer()
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: 'kwok', kubeconfig: kwok.kubeconfigText })
    const components = { istiod: { values: { pilot: { autoscaleEnabled: false } } } }
    await runOperation(server, request('install', { version: '1.29.6', components }))
    await kwok.kubectl(['create', 'namespace', 'shop'])
    await kwok.kubectl(['label', 'namespace', 'shop', 'istio-injection=enabled'])
  })
  afterAll(async () => {
    await server?.stop()
    await kwok?.stop()
  })

  const request = (action: string, more: object = {}) => ({ cluster: cluster.id, mesh: 'istio', action, confirm: true, ...more })
  /** What the API server says of a pod in the namespace that asks for the mesh; empty when it takes it. */
  const refusal = async () => {
    const create = kwok.kubectl(['run', 'probe', '--namespace=shop', '--image=example.com/app:1', '--dry-run=server'], {
      timeoutMs: 60_000,
    })
    return create.then(
      () => '',
      (error: Error) => error.message,
    )
  }
  const scale = async (replicas: number) => {
    await kwok.kubectl(['scale', 'deployment/istiod', '--namespace=istio-system', `--replicas=${replicas}`])
    await waitFor(
      () => kwok.kubectl(['get', 'deployment/istiod', '--namespace=istio-system', '--output=jsonpath={.status.readyReplicas}']),
      (ready) => Number(ready || 0) === replicas,
    )
  }
  const closed = async () => {
    const kinds = 'mutatingwebhookconfigurations,validatingwebhookconfigurations'
    const text = await kwok.kubectl(['get', kinds, '--output=json'])
    const { items }: { items: { metadata: { name: string }; webhooks: { failurePolicy: string }[] }[] } = JSON.parse(text)
    return items
      .filter(({ webhooks }) => webhooks.some(({ failurePolicy }) => failurePolicy === 'Fail'))
      .map(({ metadata }) => metadata.name)
  }

  it('is told by a check, goes by a confirmed rescue so that pods start, and is back with an upgrade', async () => {
    const before = await closed()
    expect(before).toContain('istio-sidecar-injector')
    await scale(0)
    expect(await refusal()).toContain('failed calling webhook')
    const { items } = await waitFor(
      () => server.get<{ items: Installation[] }>('/api/v1/installations'),
      (found) => found.items.length === 1,
    )
    const report = await server.post<CheckReport>(`/api/v1/installations/${items[0]?.id}/checks`, undefined)
    const finding = report.findings.find(
      ({ code, object }) => code === 'webhook-without-backend' && object?.name === 'istio-sidecar-injector',
    )
    expect(finding).toMatchObject({ severity: 'error', remedy: expect.stringContaining('(remove-webhooks)') })

    await runOperation(server, request('remove-webhooks', { namespace: 'istio-system', confirm: ['webhooks-lost'] }))
    expect(await closed()).toEqual([])
    expect(await refusal()).toBe('')

    await scale(1)
    await runOperation(server, request('upgrade', { version: '1.30.3' }))
    expect(await closed()).toEqual(before)
    expect(await refusal()).toContain('failed calling webhook')
  })

  it('is the first to go at an uninstall: from then on no pod is refused', async () => {
    const { id } = await server.post<Operation>(
      '/api/v1/operations',
      request('uninstall', { params: { members: 'keep' }, confirm: ['members-left'] }),
    )
    const seen: { step: string; refused: string }[] = []
    const ended = await waitFor(
      async () => {
        const operation = await server.get<Operation>(`/api/v1/operations/${id}`)
        const running = operation.steps.find(({ state }) => state === 'running')?.key ?? ''
        if (['istiod', 'base'].includes(running)) seen.push({ step: running, refused: await refusal() })
        return operation
      },
      operationEnded,
      120_000,
    )
    expect(ended, JSON.stringify(ended.error)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(seen.map(({ step }) => step)).toContain('istiod')
    expect(seen.filter(({ refused }) => refused !== '')).toEqual([])
    const deleted = (await kwok.auditEvents()).flatMap(({ verb, objectRef, responseStatus }) =>
      verb === 'delete' && responseStatus?.code === 200 ? [`${objectRef?.resource} ${objectRef?.name}`] : [],
    )
    const at = (name: string) => deleted.lastIndexOf(name)
    const webhooks = ['mutatingwebhookconfigurations istio-sidecar-injector', 'validatingwebhookconfigurations istiod-default-validator']
    expect(at('deployments istiod')).toBeGreaterThan(-1)
    // The validator is of the release that goes last: what is configured meanwhile is not refused either.
    for (const name of webhooks) expect([name, at(name) > -1 && at(name) < at('deployments istiod')]).toEqual([name, true])
  })
})
