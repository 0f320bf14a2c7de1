import type { KubeConnection } from './connection.js'
import { KubeError, openKubeRequest } from './kube-client.js'
import type { KubeObject } from './kube-object.js'

export interface WatchOptions {
  /** Collection path, see collectionPath. */
  path: string
  resourceVersion: string
  /** How long the server may keep the stream; it then ends without an error. */
  timeoutSeconds: number
  /** Silence after which the stream counts as dead. Bookmarks come about once a minute, so stay above that. */
  stallMs: number
  /** Events carry the metadata of objects and nothing else. */
  metadataOnly?: boolean
  labelSelector?: string
  fieldSelector?: string
  /** Called once the server has accepted the watch, which may be long before the first event. */
  onOpen?: () => void
  signal: AbortSignal
}

export type WatchEvent<Item> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: Item }
  | { type: 'BOOKMARK'; object: { metadata: { resourceVersion: string } } }

const metadataOfOne = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'

// etcd takes objects of 1.5 MB; a server that never ends a line must not fill our memory.
const longestEvent = 16 * 1024 * 1024

/**
 * Events after `resourceVersion`, until the server ends the stream. Throws KubeError for a refusal, also for an ERROR event
 * in the stream (410: history is gone), undici's BodyTimeoutError on silence, and SyntaxError on a line that is no JSON:
 * an event that cannot be read must never be skipped.
 */
export async function* watchObjects<Item = KubeObject>(
  connection: KubeConnection,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<Item>, void, undefined> {
  const { path, resourceVersion, timeoutSeconds, stallMs, labelSelector, fieldSelector, signal } = options
  const accept = options.metadataOnly ? { accept: metadataOfOne } : {}
  const response = await openKubeRequest(connection, {
    path,
    query: {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion,
      timeoutSeconds: String(timeoutSeconds),
      labelSelector,
      fieldSelector,
    },
    timeoutMs: stallMs,
    signal,
    ...accept,
  })
  if (response.statusCode !== 200) throw await KubeError.from(response)
  options.onOpen?.()
  const decoder = new TextDecoder()
  let pending = ''
  for await (const chunk of response.body) {
    const lines = (pending + decoder.decode(chunk, { stream: true })).split('\n')
    pending = lines.pop() ?? ''
    if (pending.length > longestEvent) throw new SyntaxError('an event of the watch is longer than any object can be')
    for (const line of lines) if (line.trim()) yield readEvent<Item>(line)
  }
  if (pending.trim()) yield readEvent<Item>(pending)
}

function readEvent<Item>(line: string): WatchEvent<Item> {
  const event = JSON.parse(line) as WatchEvent<Item> | { type: 'ERROR'; object: { code?: number; message?: string; reason?: string } }
  if (event.type === 'ERROR') throw new KubeError(event.object.code ?? 500, event.object, undefined)
  return event
}
