import type { KubeConnection } from './connection.js'
import { kubeRequest } from './kube-client.js'
import type { KubeObject } from './kube-object.js'

/** Sent as Accept, makes a list carry metadata only: no Secret payload ever leaves the API server. */
export const metadataOnly = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

export interface ListOptions {
  /** Collection path, see collectionPath. */
  path: string
  metadataOnly?: boolean
  labelSelector?: string
  fieldSelector?: string
  pageSize?: number
  signal?: AbortSignal | undefined
  timeoutMs?: number
}

export interface ObjectPage<Item> {
  items: Item[]
  /** The same on every page of one list: where a watch may start. */
  resourceVersion: string
}

/**
 * Pages of 500, so that neither side ever holds a big list as one text. Items of a typed list carry no apiVersion and kind.
 * KubeError 410 rises when the list took longer than the cluster keeps its history: begin again.
 */
export async function* listObjects<Item = KubeObject>(
  connection: KubeConnection,
  options: ListOptions,
): AsyncGenerator<ObjectPage<Item>, void, undefined> {
  const { path, labelSelector, fieldSelector, pageSize = 500, signal, timeoutMs = 60_000 } = options
  let next: string | undefined
  do {
    const page = await kubeRequest<RawPage<Item>>(connection, {
      path,
      query: { limit: String(pageSize), continue: next, labelSelector, fieldSelector },
      signal,
      timeoutMs,
      ...(options.metadataOnly ? { accept: metadataOnly } : {}),
    })
    yield { items: page.items ?? [], resourceVersion: page.metadata.resourceVersion ?? '' }
    next = page.metadata.continue || undefined
  } while (next !== undefined)
}

interface RawPage<Item> {
  metadata: { resourceVersion?: string; continue?: string }
  items?: Item[] | null
}
