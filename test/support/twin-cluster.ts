import type { Cluster } from '../../contract/cluster.js'
import type { Installation } from '../../contract/installation.js'
import type { Operation } from '../../contract/operation.js'
import type { Rollout, RolloutState } from '../../contract/rollout.js'
import type { FaultScript } from '../../contract/sandbox.js'
import { twinController } from './adapters/twin/twin-controller.js'
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

/** A person with rollouts on one cluster. */
export function rolloutsOf(server: RunningServer, cluster: string) {
  const at = (id: string) => `/api/v1/rollouts/${id}`
  const get = (id: string) => server.get<Rollout>(at(id))
  const until = (id: string, ...states: RolloutState[]) =>
    waitFor(
      () => get(id),
      ({ state }) => states.includes(state),
    )
  const begin = (more: object = {}) =>
    server.call<Rollout>('POST', '/api/v1/rollouts', { kind: 'canary', cluster, mesh: 'twin', version: '2.0.0', mode: 'labels', ...more })
  const approve = async (id: string, confirm: string[] | true = true, plan?: string) => {
    const read = plan ?? (await get(id)).approval?.plan
    return server.call<Rollout & { code: string }>('POST', `${at(id)}/approve`, { plan: read, confirm })
  }
  return {
    get,
    until,
    begin,
    approve,
    /** Approves the stage that waits and waits for what comes after it. */
    pass: async (id: string, confirm?: string[]) => {
      const { stage } = await until(id, 'waiting-for-approval')
      await approve(id, confirm)
      return waitFor(
        () => get(id),
        (now) => now.state === 'succeeded' || (now.stage > stage && now.state !== 'planning'),
      )
    },
    post: <Body = Rollout & { code: string }>(id: string, verb: string) => server.call<Body>('POST', `${at(id)}/${verb}`, {}),
    operation: (id: string | undefined) => server.get<Operation>(`/api/v1/operations/${id}`),
    faults: (...rules: FaultScript['rules']) => server.call('PUT', `/api/v1/clusters/${cluster}/sandbox/faults`, { seed: 1, rules }),
  }
}
