import { setMaxListeners } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../contract/cluster.js'
import type { KubeConnection } from '../../kube/connection.js'
import { kubeRequest } from '../../kube/kube-client.js'
import { explainKubeFailure } from '../kubernetes/kube-problem.js'
import type { ClusterProjections } from './cluster-projections.js'
import { type ClusterCondition, conditionOf, failedCondition, isListing, kindStates } from './cluster-state.js'
import { type KindReaders, readKinds } from './kinds-read.js'

const firstRetryMs = 2_000
const lastRetryMs = 60_000
/** A refused credential is read anew this often: its owner may have signed in again. */
const renewAfterMs = 60_000

/** Answers from memory at any time; what it says is as old as its state tells. */
export interface ClusterReader {
  reading(): Pick<Cluster, 'state' | 'since' | 'kinds' | 'failure' | 'kubernetesVersion'>
  projections(): ClusterProjections
  /** Drops its connection, which leads nowhere any more, and connects anew; what was read until then stands as stale. */
  reconnect(): void
  stop(): Promise<void>
}

/** `onChange` tells that the picture may differ, `onCondition` that the state or its reason does. */
export interface ReaderDeps {
  connect: (cluster: string) => Promise<KubeConnection>
  /** Closes the connection, so that the next `connect` reads the credential anew. */
  forget: (cluster: string) => Promise<void>
  onChange: () => void
  onCondition: (condition: ClusterCondition) => void
  now: () => number
}

/** Reads one cluster until it is stopped: connects, again and again if need be, and follows the kinds that we show. */
export function readCluster(deps: ReaderDeps, cluster: Pick<Cluster, 'id' | 'name' | 'scope'>): ClusterReader {
  const ended = new AbortController()
  const round: Round = { readers: undefined, version: undefined, over: new AbortController() }
  const condition = createCondition({ ...deps, signal: ended.signal })
  const running = readInRounds({ deps, cluster, condition, round, signal: ended.signal })
  return {
    reading: () => ({
      ...condition.get(),
      kinds: round.readers ? kindStates(round.readers, cluster.name) : [],
      ...(round.version === undefined ? {} : { kubernetesVersion: round.version }),
    }),
    projections: () => project(cluster.id, round.readers),
    reconnect: () => round.over.abort(),
    async stop() {
      ended.abort()
      await running
    },
  }
}

/** What the newest connection reads. It stays when the connection is lost: a stale picture is shown as stale, not as empty. */
interface Round {
  readers: KindReaders | undefined
  version: string | undefined
  /** Ends the reading over this connection. */
  over: AbortController
}

interface ReadContext {
  deps: ReaderDeps
  cluster: Pick<Cluster, 'id' | 'name' | 'scope'>
  condition: Condition
  round: Round
  signal: AbortSignal
}

async function readInRounds(context: ReadContext): Promise<void> {
  const { deps, cluster, condition, signal } = context
  for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(retryMs * 2, lastRetryMs)) {
    const connection = await deps.connect(cluster.id).catch((error: unknown) => explainKubeFailure(error, { cluster: cluster.name }))
    if (connection instanceof Error) {
      condition.enter(failedCondition(connection, condition.wasLive()))
      await sleep(retryMs, undefined, { signal }).catch(() => undefined)
      continue
    }
    await readOnce(connection, context)
    if (!signal.aborted) await deps.forget(cluster.id)
  }
}

/** Reads over one connection, until the end, until it leads nowhere or until its credential has been refused for a while. */
async function readOnce(connection: KubeConnection, { deps, cluster, condition, round, signal }: ReadContext): Promise<void> {
  const over = new AbortController()
  round.over = over
  const both = AbortSignal.any([signal, over.signal])
  // Each kind and place that is read listens to it.
  setMaxListeners(0, both)
  const onState = () => {
    if (!round.readers || both.aborted) return
    const wasLive = condition.get().state === 'live'
    const next = conditionOf(round.readers, { cluster: cluster.name, wasLive: condition.wasLive() })
    // While it is listed again, what was last known of it stands.
    if (next) condition.enter(next)
    if (!wasLive && condition.get().state === 'live') void readVersion(connection, both)
    deps.onChange()
  }
  const readVersion = async (on: KubeConnection, whileReading: AbortSignal) => {
    const { gitVersion } = await kubeRequest<{ gitVersion?: string }>(on, { path: '/version', signal: whileReading }).catch(() => noVersion)
    if (gitVersion === undefined || gitVersion === round.version) return
    round.version = gitVersion
    condition.tell()
  }
  // Reflectors tell their first state while they are made, when there are no readers to ask yet: hence the call after it.
  round.readers = readKinds({ connection, scope: cluster.scope, onChange: deps.onChange, onState, signal: both })
  onState()
  do await sleep(renewAfterMs, undefined, { signal: both }).catch(() => undefined)
  while (!both.aborted && condition.get().state !== 'unauthorised')
  over.abort()
}

// Who may not read /version still reads the rest.
const noVersion: { gitVersion?: string } = {}

interface Condition {
  get(): ClusterCondition & { since: string }
  /** Tells when the state or its reason is another one than before. */
  enter(next: ClusterCondition): void
  tell(): void
  wasLive(): boolean
}

function createCondition({ now, onCondition, signal }: Pick<ReaderDeps, 'now' | 'onCondition'> & { signal: AbortSignal }): Condition {
  let condition: ClusterCondition = { state: 'connecting' }
  let since = now()
  let wasLive = false
  return {
    get: () => ({ ...condition, since: new Date(since).toISOString() }),
    enter(next) {
      if (signal.aborted) return
      const isNew = next.state !== condition.state || next.failure?.code !== condition.failure?.code
      condition = next
      wasLive ||= next.state === 'live'
      if (!isNew) return
      since = now()
      onCondition(next)
    },
    tell: () => onCondition(condition),
    wasLive: () => wasLive,
  }
}

function project(cluster: string, readers: KindReaders | undefined): ClusterProjections {
  return {
    cluster,
    pods: readers?.pods.snapshot() ?? [],
    namespaces: readers?.namespaces.snapshot() ?? [],
    workloads: readers ? [readers.deployments, readers.daemonSets, readers.statefulSets].flatMap((reader) => reader.snapshot()) : [],
    definitions: readers?.definitions.snapshot() ?? [],
    podsKnown: readers?.pods.states().some(({ state }) => state === 'live' || state === 'stale') ?? false,
    isComplete: readers !== undefined && !isListing(readers),
  }
}
