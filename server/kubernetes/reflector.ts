import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { KubeConnection } from '../../kube/connection.js'
import type { KubeResource } from '../../kube/discover-resources.js'
import type { KubeMetadata } from '../../kube/kube-object.js'
import { listObjects } from '../../kube/list-objects.js'
import { collectionPath } from '../../kube/object-paths.js'
import { watchObjects } from '../../kube/watch-objects.js'
import { decideRetry } from './watch-retry.js'

export interface ReflectorState {
  state: 'listing' | 'live' | 'stale' | 'forbidden' | 'absent'
  /** Epoch ms. */
  since: number
  /** What went wrong, for explainKubeFailure; undefined while listing and live. */
  error?: unknown
}

/** Only real differences of projections are told: `before` alone is a removal, `after` alone an addition. */
export interface ReflectorChange<Projection> {
  /** `namespace/name`; the namespace is empty for cluster-scoped kinds. */
  key: string
  before?: Projection
  after?: Projection
}

export interface ReflectorOptions<Item, Projection> {
  connection: KubeConnection
  resource: Pick<KubeResource, 'apiVersion' | 'plural' | 'namespaced'>
  /** Missing: everywhere. */
  namespace?: string | undefined
  /** Reads no more than metadata. */
  metadataOnly?: boolean
  /** Keeps what we show; the object itself is forgotten. */
  project: (item: Item) => Projection
  onChange: (change: ReflectorChange<Projection>) => void
  onState: (state: ReflectorState) => void
  /** Ends it. */
  signal: AbortSignal
  clock?: ReflectorClock
  /** Silence after which a watch counts as dead. Default 85 s: bookmarks come each minute. */
  stallMs?: number
}

/** Time as the reflector sees it; a test brings its own. */
export interface ReflectorClock {
  now(): number
  /** Rejects when the signal aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<unknown>
  /** Between 0 and 1. */
  random(): number
}

export interface Reflector<Projection> {
  snapshot(): Projection[]
  state(): ReflectorState
  /** Settles, never rejects, once the signal has ended it. */
  readonly done: Promise<void>
}

const systemClock: ReflectorClock = { now: Date.now, sleep: (ms, signal) => sleep(ms, undefined, { signal }), random: Math.random }
const defaultStallMs = 85_000
// A stream that lived that long was healthy: the next failure starts from the short wait again.
const healthyMs = 10_000

type WithMetadata = { metadata?: KubeMetadata }

/** Keeps a picture of one kind in one scope, for as long as the signal lets it: list in pages, watch, resume, begin again. */
export function startReflector<Item extends WithMetadata, Projection>(options: ReflectorOptions<Item, Projection>): Reflector<Projection> {
  const { signal, onState, clock = systemClock } = options
  const picture = createPicture(options)
  let current: ReflectorState = { state: 'listing', since: clock.now() }

  const enter = (state: ReflectorState['state'], error?: unknown): void => {
    if (current.state === state && String(current.error) === String(error)) return
    const since = current.state === state ? current.since : clock.now()
    current = { state, since, ...(error === undefined ? {} : { error }) }
    // What may not be read any more must not be shown any more.
    if (state === 'forbidden' || state === 'absent') picture.clear()
    onState(current)
  }

  const run = async (): Promise<void> => {
    let failures = 0
    let position = ''
    while (!signal.aborted) {
      const began = clock.now()
      let wasOpen = false
      try {
        if (position === '') {
          position = await picture.relist()
          enter('live')
        }
        const onOpen = () => {
          wasOpen = true
          enter('live')
        }
        const onVersion = (version: string) => {
          position = version
        }
        await picture.follow({ position, onOpen, onVersion, clock })
        // A server that ends each stream at once must not be asked in a circle.
        if (clock.now() - began < 1000) await clock.sleep(1000, signal)
      } catch (error) {
        if (signal.aborted) return
        if (clock.now() - began >= healthyMs) failures = 0
        const retry = decideRetry({ error, failures, wasOpen, random: clock.random() })
        failures += 1
        if (retry.relist) position = ''
        if (retry.state !== 'keep') enter(retry.state, error)
        await clock.sleep(retry.waitMs, signal).catch(() => undefined)
      }
    }
  }
  onState(current)
  return { snapshot: picture.values, state: () => current, done: run() }
}

interface FollowOptions {
  position: string
  onOpen: () => void
  onVersion: (version: string) => void
  clock: ReflectorClock
}

interface Picture<Projection> {
  values(): Projection[]
  clear(): void
  /** Answers the version that a watch may start from. */
  relist(): Promise<string>
  /** Settles when the server ends the stream in good order. */
  follow(options: FollowOptions): Promise<void>
}

function createPicture<Item extends WithMetadata, Projection>(options: ReflectorOptions<Item, Projection>): Picture<Projection> {
  const { connection, resource, namespace, metadataOnly = false, project, onChange, signal, stallMs = defaultStallMs } = options
  const path = collectionPath(resource, namespace)
  let objects = new Map<string, Projection>()

  const tell = (key: string, before: Projection | undefined, after: Projection | undefined): void => {
    if (isDeepStrictEqual(before, after)) return
    onChange({ key, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) })
  }

  return {
    values: () => [...objects.values()],
    clear() {
      const gone = objects
      objects = new Map()
      for (const [key, before] of gone) tell(key, before, undefined)
    },
    async relist() {
      const found = new Map<string, Projection>()
      let version = ''
      for await (const page of listObjects<Item>(connection, { path, metadataOnly, signal })) {
        version = page.resourceVersion
        for (const item of page.items) found.set(keyOf(item), project(item))
      }
      const old = objects
      objects = found
      // Also what went while nobody watched.
      for (const [key, before] of old) if (!found.has(key)) tell(key, before, undefined)
      for (const [key, after] of found) tell(key, old.get(key), after)
      return version
    },
    async follow({ position, onOpen, onVersion, clock }) {
      const timeoutSeconds = Math.round(240 + 240 * clock.random())
      const options = { path, metadataOnly, resourceVersion: position, timeoutSeconds, stallMs, onOpen, signal }
      const events = watchObjects<Item>(connection, options)
      for await (const event of events) {
        const version = event.object.metadata?.resourceVersion
        if (event.type !== 'BOOKMARK') {
          const key = keyOf(event.object)
          const before = objects.get(key)
          const after = event.type === 'DELETED' ? undefined : project(event.object)
          if (after === undefined) objects.delete(key)
          else objects.set(key, after)
          tell(key, before, after)
        }
        if (version) onVersion(version)
      }
    },
  }
}

function keyOf({ metadata = {} }: WithMetadata): string {
  return `${metadata.namespace ?? ''}/${metadata.name ?? ''}`
}
