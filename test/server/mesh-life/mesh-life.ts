import { afterAll, beforeAll, expect } from 'vitest'
import type { Cluster } from '../../../contract/cluster.js'
import type { Installation } from '../../../contract/installation.js'
import type { Operation, OperationObjects } from '../../../contract/operation.js'
import type { Plan } from '../../../contract/plan.js'
import { startKwokCluster } from '../../cluster/kwok-cluster.js'
import { runOperation, startMeshServer } from '../../cluster/meshes/with-mesh.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { listEverything } from '../../support/list-everything.js'
import { type RunningServer, waitFor } from '../../support/running-server.js'
import { changesOf } from './changes-of.js'
import type { Lifecycle } from './mesh-lifecycles.js'

export type Items<Item> = { items: Item[] }

/** One mesh on a cluster of its own, and a server through which all is done. It is filled before the first test; the parts of a life share it. */
export interface MeshLife extends Lifecycle {
  readonly kwok: TestCluster
  readonly server: RunningServer
  /** Everything that was there before the mesh. */
  readonly before: Awaited<ReturnType<typeof listEverything>>
  /** Makes a plan for the mesh, and waits until it is made. */
  plan(request: object): Promise<Plan>
  /** Carries a plan out with all that it asks to confirm: it succeeds, and what it asked for is what the API server saw of us. */
  run(made: Plan): Promise<Operation>
  /** Waits until the inventory tells it so. */
  installed(wanted: (found: Installation) => boolean): Promise<Installation[]>
  /** `istiod 1.30.3 deployed`: every release as helm itself tells it. */
  helmList(): Promise<string[]>
  /** The user's values of a release, in the namespace of the mesh unless another one is named. */
  valuesOf(release: string, place?: string): Promise<unknown>
  /** Names of the definitions of the mesh's own groups. */
  ownDefinitions(): Promise<string[]>
}

/** Begins the life of a mesh: to be called in a `describe`. */
export function beginMeshLife(lifecycle: Lifecycle): MeshLife {
  const { mesh, namespace, gatewayApi, definitions, unseen = /^$/ } = lifecycle
  let kwok: TestCluster
  let server: RunningServer
  let cluster: Cluster
  let changes: ReturnType<typeof changesOf>
  let before: MeshLife['before']

  beforeAll(async () => {
    kwok = await startKwokCluster({ webhooks: 'left-out' })
    server = await startMeshServer()
    // By a user of our own, whose changes the audit log tells from those of the test.
    const kubeconfig = await kwok.clientFor({ user: 'meshwright', groups: ['system:masters'] })
    cluster = await server.post<Cluster>('/api/v1/clusters', { name: mesh, kubeconfig })
    if (gatewayApi)
      await runOperation(server, { cluster: cluster.id, mesh: 'gateway-api', action: 'install', version: gatewayApi, confirm: true })
    changes = changesOf(kwok, 'meshwright')
    await changes.since()
    before = await listEverything(kwok)
  })
  afterAll(async () => {
    await server?.stop()
    await kwok?.stop()
  })

  return {
    ...lifecycle,
    get kwok() {
      return kwok
    },
    get server() {
      return server
    },
    get before() {
      return before
    },
    plan: async (request) => {
      const { id } = await server.post<Plan>('/api/v1/plans', { cluster: cluster.id, mesh, ...request })
      return waitFor(
        () => server.get<Plan>(`/api/v1/plans/${id}`),
        ({ state }) => state !== 'planning',
        60_000,
      )
    },
    run: async (made) => {
      expect(made.state, JSON.stringify([made.failure, made.findings])).toBe('ready')
      const confirm = made.confirmations.map(({ code }) => code)
      const { id } = await server.post<Operation>('/api/v1/operations', { plan: made.id, confirm })
      const ended = await waitFor(
        () => server.get<Operation>(`/api/v1/operations/${id}`),
        ({ state }) => ['succeeded', 'failed', 'cancelled', 'interrupted'].includes(state),
        300_000,
      )
      expect(ended, JSON.stringify(ended.error)).toMatchObject({ state: 'succeeded', outcome: { world: 'clean' } })
      const { requested, incompleteReason = '' } = await server.get<OperationObjects>(`/api/v1/operations/${id}/objects`)
      expect(incompleteReason.split('; ').filter((reason) => reason !== '' && !unseen.test(reason))).toEqual([])
      expect(requested.map(({ auditId }) => auditId).sort()).toEqual(await changes.since())
      return ended
    },
    installed: (wanted) =>
      waitFor(
        async () => (await server.get<Items<Installation>>(`/api/v1/installations?cluster=${cluster.id}&mesh=${mesh}`)).items,
        ([found]) => found !== undefined && wanted(found),
        30_000,
      ),
    helmList: async () => {
      const rows: { name: string; chart: string; status: string }[] = JSON.parse(
        await kwok.helm(['list', '--all-namespaces', '--output=json']),
      )
      return rows.map(({ name, chart, status }) => `${name} ${chart} ${status}`).sort()
    },
    valuesOf: async (release, place = namespace) =>
      JSON.parse(await kwok.helm(['get', 'values', release, `--namespace=${place}`, '--output=json'])),
    ownDefinitions: async () => {
      const text = await kwok.kubectl(['get', 'customresourcedefinitions', '--output=jsonpath={.items[*].metadata.name}'])
      return text.split(' ').filter((name) => definitions.of.test(name))
    },
  }
}
