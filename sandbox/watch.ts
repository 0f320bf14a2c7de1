import { type Presentation, presentObject } from './answer.js'
import type { StoreChange } from './change-history.js'
import type { JsonMap } from './json.js'
import type { KubeObject } from './kube-object.js'
import type { ObjectStore } from './object-store.js'
import { selectorOf } from './read-objects.js'
import { integerOption } from './request.js'
import { apiVersionOf, type ResourceType } from './resource-types.js'
import type { Selector } from './selectors.js'
import { badRequest, expired, StatusError } from './status-error.js'

export interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: JsonMap
}

export interface WatchRequest {
  store: ObjectStore
  resource: ResourceType
  /** Empty for all. */
  namespace: string
  /** Of an object, when the path names one. */
  name: string
  query: URLSearchParams
  presentation: Presentation
}

// The API server sends bookmarks once a minute, and 2 s before a watch ends (apiserver, cacher/watch_cache_interval and cacher.go).
const bookmarkEveryMs = 60_000
const bookmarkBeforeEndMs = 2_000
const longestMs = 30 * 60_000

/**
 * Sends events until its time is over or `end` is called; `done` is told then. What happened since the client's resourceVersion comes first,
 * or all objects when it has none. A version that is too old is one ERROR event with code 410.
 */
export function startWatch(watch: WatchRequest, send: (event: WatchEvent) => void, done: () => void): () => void {
  const { store, query } = watch
  const options = readOptions(query)
  const replay = changesSoFar(watch, options)
  if (replay === 'gone') {
    send({ type: 'ERROR', object: tooOld(options.since, store.resourceVersion).toStatus() })
    done()
    return () => {}
  }
  for (const event of replay) send(event)
  const bookmark = (annotations: JsonMap = {}) => {
    // One of the version that the client has already says nothing.
    if (options.bookmarks && store.resourceVersion > (options.since ?? 0)) send(bookmarkOf(watch, annotations))
  }
  if (options.initialEvents) bookmark({ 'k8s.io/initial-events-end': 'true' })
  const unsubscribe = store.subscribe((change) => {
    const event = toEvent(watch, change)
    if (event) send(event)
  })
  const regular = setInterval(bookmark, bookmarkEveryMs)
  const last = setTimeout(bookmark, Math.max(0, options.timeoutMs - bookmarkBeforeEndMs))
  const stop = () => {
    unsubscribe()
    clearInterval(regular)
    clearTimeout(last)
    clearTimeout(timeout)
    done()
  }
  const timeout = setTimeout(stop, options.timeoutMs)
  return stop
}

interface WatchOptions {
  /** Undefined: from the state that is. */
  since: number | undefined
  bookmarks: boolean
  initialEvents: boolean
  timeoutMs: number
}

function readOptions(query: URLSearchParams): WatchOptions {
  const version = query.get('resourceVersion') ?? ''
  if (!/^\d*$/.test(version)) throw badRequest(`Invalid value: "${version}": invalid resource version`)
  const initialEvents = query.get('sendInitialEvents') === 'true'
  if (query.has('sendInitialEvents') && query.get('resourceVersionMatch') !== 'NotOlderThan') throw matchMissing()
  const timeoutSeconds = integerOption(query, 'timeoutSeconds')
  integerOption(query, 'limit')
  return {
    since: version === '' || version === '0' || initialEvents ? undefined : Number(version),
    bookmarks: query.get('allowWatchBookmarks') === 'true',
    initialEvents,
    timeoutMs: timeoutSeconds > 0 ? Math.min(timeoutSeconds * 1000, longestMs) : longestMs,
  }
}

function matchMissing(): StatusError {
  const why = 'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'
  return new StatusError(422, 'Invalid', `ListOptions.meta.k8s.io "" is invalid: ${why}`)
}

function tooOld(since: number | undefined, now: number): StatusError {
  return expired(`too old resource version: ${since} (${now})`)
}

function changesSoFar(watch: WatchRequest, { since }: WatchOptions): WatchEvent[] | 'gone' {
  const { store, resource, namespace } = watch
  if (since !== undefined) {
    const changes = store.since(since)
    return changes === 'gone' ? changes : changes.flatMap((change) => toEvent(watch, change) ?? [])
  }
  const isWatched = filterOf(watch)
  return store
    .list(resource, namespace || undefined)
    .filter(isWatched)
    .map((object) => ({ type: 'ADDED', object: presentObject(watch.presentation, object) }))
}

function filterOf({ query, name, namespace }: WatchRequest): (object: KubeObject) => boolean {
  const selects: Selector = selectorOf(query)
  return (object) => {
    const { metadata } = object
    return (name === '' || metadata.name === name) && (namespace === '' || metadata.namespace === namespace) && selects(object)
  }
}

/** An object that no longer matches is DELETED for this watch, one that now does is ADDED. */
function toEvent(watch: WatchRequest, { type, object, previous, resource }: StoreChange): WatchEvent | undefined {
  if (resource.plural !== watch.resource.plural || resource.group !== watch.resource.group) return undefined
  const isWatched = filterOf(watch)
  const was = previous !== undefined && isWatched(previous)
  const is = type !== 'DELETED' && isWatched(object)
  if (!was && !is) return undefined
  const shown = presentObject(watch.presentation, object)
  if (!is) return { type: 'DELETED', object: shown }
  return { type: was ? 'MODIFIED' : 'ADDED', object: shown }
}

function bookmarkOf({ store, resource }: WatchRequest, annotations: JsonMap): WatchEvent {
  const marked = Object.keys(annotations).length > 0 ? { annotations } : {}
  const metadata = { resourceVersion: String(store.resourceVersion), creationTimestamp: null, ...marked }
  return { type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } }
}
