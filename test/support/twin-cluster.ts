import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Operation } from '../../contract/operation.js'
import { twinController } from './adapters/twin/twin-controller.js'
import { rolloutsOf } from './rollouts.js'
import { type RunningServer, waitFor } from './running-server.js'

type Items<Item> = { items: Item[] }

/** Adds a simulated cluster with Twin 1.0.0, three members of it, and a namespace that is none. */
export async function addTwinCluster(server: RunningServer, name: string): Promise<string> {
  const { id } = await server.post<Cluster>('/api/v1/clusters', { name, sandbox: { scene: 'empty' } })
  const named = (namespace: string, labels: object) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } })
  const member = { 'twin-injection': 'enabled' }
  const objects = [
    named('twin-system', {}),
    ...['shop', 'pay', 'web'].map((namespace) => named(namespace, member)),
    named('tagged', { 'twin/rev': 'prod' }),
    named('outside', {}),
    twinController('default', '1.0.0'),
  ]
  const manifests = objects.map((object) => JSON.stringify(object)).join('\n---\n')
  const action = { cluster: id, mesh: 'kubernetes', action: 'apply-manifests', params: { manifests }, confirm: true }
  const applied = await server.post<Operation>('/api/v1/operations', action)
  await waitFor(
    () => server.get<Operation>(`/api/v1/operations/${applied.id}`),
    ({ state }) => state === 'succeeded',
  )
  await waitFor(
    () => server.get<Items<Installation>>(`/api/v1/installations?cluster=${id}`),
    ({ items }) => items.some(({ health, version }) => health === 'healthy' && version === '1.0.0'),
  )
  return id
}

/** A person who brings Twin to 2.0.0. */
export function rolloutsOfTwin(server: RunningServer, cluster: string) {
  return rolloutsOf(server, { cluster, mesh: 'twin', version: '2.0.0' })
}
