import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Operation, OperationLogEntry } from '../../contract/operation.js'
import { clusterTest } from '../cluster/cluster-test.js'
import { beginInstall, operationEnded, retryOperation, untilIstiodInstalls } from '../cluster/meshes/begin-install.js'
import { istioImages } from '../cluster/meshes/istio-values.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import { type NodeCluster, startNodeCluster } from '../cluster/node-cluster.js'
import { startFaultProxy } from '../cluster/support/fault-proxy.js'
import { longForm } from '../support/long-form.js'
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
  const retry = (id: string) => retryOperation(server, id)
  const expectInstalled = async (operation: Operation) => {
    expect(operation.error).toBeUndefined()
    expect(operation).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
    expect(await node.kubectl(['get', 'deployment', 'istiod', '-n', 'istio-system', '--output=jsonpath={.status.readyReplicas}'])).toBe('1')
    await waitFor(installations, ([istio]) => istio?.health === 'healthy' && istio.version === '1.30.3')
  }

  const untilUnreachable = async (cluster: Cluster) => {
    await waitFor(
      () => clusterNow(cluster),
      ({ state, failure }) => state === 'stale' && failure?.code === 'cluster-unreachable',
    )
  }
  /** The node goes on without us: a server that reaches it directly sees Istio get healthy, so that we would have seen it too. */
  const untilOthersSeeIstio = async () => {
    await using witness = await startMeshServer()
    await witness.post<Cluster>('/api/v1/clusters', { name: 'direct', kubeconfig: node.kubeconfigText })
    await waitFor(
      () => witness.get<{ items: Installation[] }>('/api/v1/installations'),
      ({ items: [istio] }) => istio?.health === 'healthy',
    )
  }
  /** helm gives up by itself or is cancelled, whichever is first: in no case has anybody looked at the cluster. */
  const expectEndedUnseen = async (operation: Operation) => {
    await server.call('POST', `/api/v1/operations/${operation.id}/cancel`, {})
    const ended = await waitFor(() => read(operation.id), operationEnded)
    expect(ended.outcome).toMatchObject({ world: 'unknown' })
    expect(ended.state === 'failed' ? ended.error?.code : ended.state).toMatch(/^(cluster-unreachable|cancelled)$/)
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

  it('by the death of the API server: ends without a claim about the cluster, and a retry finishes', async () => {
    const cluster = await connect(node.kubeconfigText)
    const operation = await begin(cluster)
    await node.crash('kube-apiserver')
    await untilUnreachable(cluster)
    await expectEndedUnseen(operation)

    await node.revive('kube-apiserver')
    await untilLive(cluster)
    await expectInstalled(await retry(operation.id))
  })

  it('by a network that is cut: ends without a claim about the cluster, and a retry finishes', async () => {
    await using proxy = await startFaultProxy(node)
    const cluster = await connect(proxy.kubeconfigText)
    const operation = await begin(cluster)
    await proxy.set('cut')
    await untilUnreachable(cluster)
    await untilOthersSeeIstio()
    expect(await installations()).toMatchObject([{ mesh: 'istio', health: 'down' }])
    await expectEndedUnseen(operation)

    await proxy.set('open')
    await untilLive(cluster)
    await expectInstalled(await retry(operation.id))
  })

  longForm('by a network that is silent: what nobody saw is not taken for done, until it was seen', async () => {
    await using proxy = await startFaultProxy(node)
    const cluster = await connect(proxy.kubeconfigText)
    const operation = await begin(cluster)
    await proxy.set('silent')
    await untilOthersSeeIstio()
    expect(await read(operation.id)).toMatchObject({ state: 'running' })
    expect(await installations()).toMatchObject([{ mesh: 'istio', health: 'down' }])

    await proxy.set('open')
    await untilLive(cluster)
    const ended = await waitFor(() => read(operation.id), operationEnded, 300_000)
    await expectInstalled(ended.state === 'succeeded' ? ended : await retry(ended.id))
  })
})
