import { type Cluster, isSimulated } from '../../contract/cluster.js'
import type { Installation, NamespaceMembership, PodMembership } from '../../contract/installation.js'
import type { KubeConnection } from '../../kube/connection.js'
import { AppError } from '../errors.js'
import type { EventLog } from '../events/event-log.js'
import type { MeshDescription } from './cluster-projections.js'
import { type DetectionInput, detectInstallations } from './detect-installations.js'
import { describeChanges } from './inventory-events.js'
import { namespaceMembership, podMembership } from './namespace-membership.js'
import { type ClusterReader, readCluster } from './read-cluster.js'
import { type RevisionMembership, revisionMembership } from './revision-members.js'

/** At most four times a second and cluster, however fast its objects change. */
const settleMs = 250

/** Clusters, connections and rules belong to other features; app.ts hands in what is used of them. */
export interface InventoryDeps {
  clusters: {
    list(): Pick<Cluster, 'id'>[]
    find(id: string): Pick<Cluster, 'id' | 'name' | 'scope' | 'source'> | undefined
  }
  connect: (cluster: string) => Promise<KubeConnection>
  forget: (cluster: string) => Promise<void>
  discovery: () => MeshDescription[]
  isOurs: DetectionInput['isOurs']
  events: EventLog
  now: () => number
}

/** What is in the clusters, as read from them: kept in memory, and told by events when it changes. */
export interface Inventory {
  reading(cluster: string): ReturnType<ClusterReader['reading']>
  /** Begins to read a cluster; does nothing when it is read already or does not exist. */
  start(cluster: string): void
  stop(cluster: string): Promise<void>
  /** Its connection leads nowhere any more: it is read over a new one. */
  reconnect(cluster: string): void
  installations(): Installation[]
  /** Throws `not-found`. */
  installation(id: string): Installation
  memberships(cluster?: string): NamespaceMembership[]
  /** Those that a namespace asks for or that have pods in it; when there is none, all that are in its cluster. */
  meshesOf(place: { cluster: string; namespace: string }): string[]
  /** Empty for a cluster or a mesh that is not there. */
  pods(place: { cluster: string; namespace: string; mesh: string }): PodMembership[]
  /** Every namespace of a cluster as one mesh sees it; empty where namespaces cannot be read. */
  revisions(place: { cluster: string; mesh: string }): RevisionMembership[]
  close(): Promise<void>
}

interface Shelf {
  reader: ClusterReader
  simulated: boolean
  installations: Installation[]
  memberships: NamespaceMembership[]
  timer: NodeJS.Timeout | undefined
}

/** Starts to read every cluster that is stored; returns before the first of them has answered. */
export function openInventory(deps: InventoryDeps): Inventory {
  const shelves = new Map<string, Shelf>()
  const startedAt = new Date(deps.now()).toISOString()

  function start(id: string): void {
    const cluster = deps.clusters.find(id)
    if (!cluster || shelves.has(id)) return
    const { connect, forget, now } = deps
    const onCondition = ({ state, failure }: { state: Cluster['state']; failure?: { title: string } }) =>
      tellState(deps, { cluster, state, failure })
    const onChange = () => schedule(id)
    shelves.set(id, {
      reader: readCluster({ connect, forget, now, onChange, onCondition }, cluster),
      simulated: isSimulated(cluster),
      installations: [],
      memberships: [],
      timer: undefined,
    })
  }

  function schedule(id: string): void {
    const shelf = shelves.get(id)
    if (!shelf || shelf.timer) return
    shelf.timer = setTimeout(() => {
      shelf.timer = undefined
      refresh(deps, shelf)
    }, settleMs)
  }

  async function stop(id: string): Promise<void> {
    const shelf = shelves.get(id)
    if (!shelf) return
    shelves.delete(id)
    clearTimeout(shelf.timer)
    await shelf.reader.stop()
  }

  for (const { id } of deps.clusters.list()) start(id)
  const installations = () => [...shelves.values()].flatMap((shelf) => shelf.installations)
  return {
    reading: (id) => shelves.get(id)?.reader.reading() ?? { state: 'connecting', since: startedAt, kinds: [] },
    start,
    stop,
    reconnect: (id) => shelves.get(id)?.reader.reconnect(),
    installations,
    installation: (id) => installations().find((installation) => installation.id === id) ?? noInstallation(),
    memberships: (cluster) =>
      cluster === undefined ? [...shelves.values()].flatMap((shelf) => shelf.memberships) : (shelves.get(cluster)?.memberships ?? []),
    meshesOf: ({ cluster, namespace }) => meshesOf(shelves.get(cluster), namespace),
    pods: ({ cluster, namespace, mesh }) => {
      const shelf = shelves.get(cluster)
      const description = deps.discovery().find((each) => each.mesh === mesh)
      return shelf && description ? podMembership(description, shelf.reader.projections(), namespace) : []
    },
    revisions: ({ cluster, mesh }) => {
      const shelf = shelves.get(cluster)
      const description = deps.discovery().find((each) => each.mesh === mesh)
      return shelf && description ? revisionMembership(description, shelf.reader.projections()) : []
    },
    async close() {
      await Promise.all([...shelves.keys()].map(stop))
    },
  }
}

function refresh({ discovery, isOurs, events, now }: InventoryDeps, shelf: Shelf): void {
  const projections = shelf.reader.projections()
  if (!projections.isComplete) return
  const descriptions = discovery()
  const before = { installations: shelf.installations, memberships: shelf.memberships }
  shelf.installations = detectInstallations(projections, { descriptions, observedAt: now(), isOurs, simulated: shelf.simulated })
  const installedMeshes = new Set(shelf.installations.map(({ mesh }) => mesh))
  shelf.memberships = namespaceMembership(projections, { descriptions, installedMeshes })
  const changes = describeChanges(projections.cluster, { before, after: shelf })
  if (changes.length > 0) events.change((append) => changes.forEach(append))
}

function meshesOf(shelf: Shelf | undefined, namespace: string): string[] {
  const rows = shelf?.memberships.filter((row) => row.namespace === namespace) ?? []
  const concerned = rows.filter((row) => row.desired !== 'unset' || row.injected > 0 || row.needsRestart > 0)
  const found =
    concerned.length > 0 ? concerned : rows.length > 0 ? rows : (shelf?.installations ?? []).filter(({ definitions }) => !definitions)
  return [...new Set(found.map(({ mesh }) => mesh))]
}

interface StateChange {
  cluster: Pick<Cluster, 'id' | 'name'>
  state: Cluster['state']
  failure: { title: string } | undefined
}

function tellState({ events }: InventoryDeps, { cluster: { id, name }, state, failure }: StateChange): void {
  const level = state === 'live' || state === 'connecting' ? 'info' : 'warning'
  events.change((append) =>
    append({
      kind: 'cluster.changed',
      level,
      cluster: id,
      subject: id,
      message: failure?.title ?? `${name} is ${state}.`,
      data: { state },
    }),
  )
}

function noInstallation(): never {
  throw new AppError('not-found', 'There is no such installation.', { cause: 'It was removed, or its cluster is not read at the moment.' })
}
