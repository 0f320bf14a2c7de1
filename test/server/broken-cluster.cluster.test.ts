import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Operation, OperationLogEntry } from '../../contract/operation.js'
import type { Plan } from '../../contract/plan.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { beginInstall, operationEnded, untilIstiodInstalls } from '../cluster/meshes/begin-install.js'
import { istioImages } from '../cluster/meshes/istio-values.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import { type NodeCluster, startNodeCluster } from '../cluster/node-cluster.js'
import { startFaultProxy } from '../cluster/support/fault-proxy.js'
import { type RunningServer, waitFor } from '../support/running-server.js'

const describe = clusterTest('istio', import.meta.url)

describe('an installation on a cluster that breaks in the middle', () => {
  let node: NodeCluster
  let server: RunningServer
  beforeEach(async () => {
    node = await startNodeCluster({ images: istioImages })
    server = await startMeshServer()
  })
  afterEach(async () => {
    await server?.stop()
    await node?.stop()
  })

  const connect = (kubeconfig: string) => server.post<Cluster>('/api/v1/clusters', { name: 'node', kubeconfig })
  const clusterNow = ({ id }: Cluster) => server.get<Cluster>(`/api/v1/clusters/${id}`)
  const read = (id: string) => server.get<Operation>(`/api/v1/operations/${id}`)
  const logOf = async (id: string) => (await server.get<{ items: OperationLogEntry[] }>(`/api/v1/operations/${id}/log`)).items
  const installations = async () => (await server.get<{ items: Installation[] }>('/api/v1/installations')).items
  const begin = async (cluster: Cluster) => {
    const operation = await beginInstall(server, cluster)
    await untilIstiodInstalls(server, node, operation)
    return operation
  }
  const untilLive = async (cluster: Cluster) => {
    await waitFor(
      () => clusterNow(cluster),
      ({ state }) => state === 'live',
    )
  }
  const retry = async (id: string) => {
    const plan = await server.post<Plan>(`/api/v1/operations/${id}/retry`, {})
    await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${plan.id}`),
      ({ state }) => state !== 'planning',
    )
    const second = await server.post<Operation>('/api/v1/operations', { plan: plan.id, confirm: true })
    return waitFor(() => read(second.id), operationEnded, 300_000)
  }
  const expectInstalled = async (operation: Operation) => {
    expect(operation.error).toBeUndefined()
    expect(operation).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(await node.kubectl(['get', 'deployment', 'istiod', '-n', 'istio-system', '--output=jsonpath={.status.readyReplicas}'])).toBe('1')
    await waitFor(installations, ([istio]) => istio?.health === 'healthy' && istio.version === '1.30.3')
  }

  it('by the death of kubelet: istiod is down, the step says what it waits for, and a retry finishes', async () => {
    const cluster = await connect(node.kubeconfigText)
    const operation = await begin(cluster)
    await node.crash('kubelet')
    await waitFor(installations, ([istio]) => istio?.health === 'down')
    await waitFor(
      () => logOf(operation.id),
      (log) => log.some(({ message }) => message === 'Deployment istio-system/istiod: 0 of 1 ready'),
    )
    expect(await read(operation.id)).toMatchObject({ state: 'running' })
    await server.post(`/api/v1/operations/${operation.id}/cancel`, {})
    expect(await waitFor(() => read(operation.id), operationEnded)).toMatchObject({ state: 'cancelled', outcome: { world: 'partial' } })

    await node.revive('kubelet')
    await expectInstalled(await retry(operation.id))
  })

  it('by the death of the API server: says that the cluster did not answer, claims nothing about it, and a retry finishes', async () => {
    const cluster = await connect(node.kubeconfigText)
    const operation = await begin(cluster)
    await node.crash('kube-apiserver')
    await waitFor(
      () => clusterNow(cluster),
      ({ state, failure }) => state === 'stale' && failure?.code === 'cluster-unreachable',
    )
    // helm may stand it or not; what it must not be is taken for done.
    const during = await read(operation.id)
    if (operationEnded(during)) {
      expect(during).toMatchObject({ state: 'failed', error: { code: 'cluster-unreachable' }, outcome: { world: 'unknown' } })
    }

    await node.revive('kube-apiserver')
    await untilLive(cluster)
    const ended = await waitFor(() => read(operation.id), operationEnded, 300_000)
    await expectInstalled(ended.state === 'succeeded' ? ended : await retry(ended.id))
  })

  it.each(['cut', 'silent'] as const)(
    'by a network that is %s: what nobody saw is not taken for done, and the install ends in truth',
    async (mode) => {
      await using proxy = await startFaultProxy(node)
      const cluster = await connect(proxy.kubeconfigText)
      const operation = await begin(cluster)
      await proxy.set(mode)
      if (mode === 'cut') {
        await waitFor(
          () => clusterNow(cluster),
          ({ state, failure }) => state === 'stale' && failure?.code === 'cluster-unreachable',
        )
      }
      // The node goes on without us: istiod gets Ready, and nobody tells us so.
      await waitFor(
        () => node.kubectl(['get', 'deployment', 'istiod', '-n', 'istio-system', '--output=jsonpath={.status.readyReplicas}']),
        (ready) => ready === '1',
      )
      // Over an open network both would have told us within a second.
      await sleep(4_000)
      expect((await read(operation.id)).state).not.toBe('succeeded')
      expect(await installations()).toMatchObject([{ mesh: 'istio', health: 'down' }])

      await proxy.set('open')
      await untilLive(cluster)
      const ended = await waitFor(() => read(operation.id), operationEnded, 300_000)
      await expectInstalled(ended.state === 'succeeded' ? ended : await retry(ended.id))
    },
  )
})
