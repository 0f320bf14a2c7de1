import type { Cluster } from '../../../contract/cluster.js'
import type { Operation } from '../../../contract/operation.js'
import type { Plan } from '../../../contract/plan.js'
import { type RunningServer, waitFor } from '../../support/running-server.js'
import type { NodeCluster } from '../node-cluster.js'
import { istioValues } from './istio-values.js'

export const operationEnded = ({ state }: Operation): boolean => ['succeeded', 'failed', 'cancelled'].includes(state)

/** Begins an installation of Istio's base and istiod through the REST API. */
export function beginInstall(server: RunningServer, cluster: Cluster): Promise<Operation> {
  return server.post<Operation>('/api/v1/operations', {
    ...{ cluster: cluster.id, mesh: 'istio', action: 'install', version: '1.30.3', confirm: true },
    components: { istiod: { values: istioValues.istiod } },
  })
}

/** Plans an operation that did not succeed once more, and starts the new plan. */
export async function beginRetry(server: RunningServer, id: string): Promise<Operation> {
  const plan = await server.post<Plan>(`/api/v1/operations/${id}/retry`, {})
  const made = await waitFor(
    () => server.get<Plan>(`/api/v1/plans/${plan.id}`),
    ({ state }) => state !== 'planning',
  )
  if (made.state !== 'ready' || made.retryOf !== id) throw new Error(`the plan of the retry: ${JSON.stringify(made)}`)
  return server.post<Operation>('/api/v1/operations', { plan: made.id, confirm: true })
}

/** Retries an operation, and resolves with how that ended. */
export async function retryOperation(server: RunningServer, id: string): Promise<Operation> {
  const second = await beginRetry(server, id)
  return waitFor(() => server.get<Operation>(`/api/v1/operations/${second.id}`), operationEnded, 300_000)
}

/** Resolves when helm has created istiod and waits for it: base is done by then, and some seconds are left. */
export async function untilIstiodInstalls(server: RunningServer, node: NodeCluster, { id }: Operation): Promise<void> {
  const step = ({ steps }: Operation) => steps.find(({ component, state }) => component === 'istiod' && state === 'running')
  await waitFor(
    () => server.get<Operation>(`/api/v1/operations/${id}`),
    (operation) => step(operation) !== undefined || operationEnded(operation),
  )
  await waitFor(
    () => node.kubectl(['get', 'deployments', '--all-namespaces', '--output=name']),
    (names) => names.includes('istiod'),
  )
}
