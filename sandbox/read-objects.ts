import type { KubeObject } from './kube-object.js'
import type { ObjectStore } from './object-store.js'
import { integerOption } from './request.js'
import type { ResourceType } from './resource-types.js'
import { parseFieldSelector, parseLabelSelector, type Selector } from './selectors.js'
import { badRequest, expired, StatusError } from './status-error.js'

/** Selectors of a list or watch, both at once. */
export function selectorOf(query: URLSearchParams): Selector {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '')
  const fields = parseFieldSelector(query.get('fieldSelector') ?? '')
  return (object) => labels(object) && fields(object)
}

export interface ObjectList {
  items: KubeObject[]
  resourceVersion: string
  /** Where the next page begins; empty on the last one. */
  next: string
  /** Undefined with a selector: the API server does not count what it has not read. */
  remaining: number | undefined
}

interface Position {
  version: number
  after: string
}

/** A list, or a page of one: every page shows the cluster as it was at the first. Throws 410 when that is too long ago. */
export function listPage(store: ObjectStore, resource: ResourceType, options: { namespace: string; query: URLSearchParams }): ObjectList {
  const { namespace, query } = options
  const token = query.get('continue')
  if (Number(query.get('resourceVersion') ?? 0) > store.resourceVersion) throw tooLarge(query.get('resourceVersion'), store.resourceVersion)
  const position: Position = token ? readToken(token) : { version: store.resourceVersion, after: '' }
  const all = token ? store.listAt(resource, namespace || undefined, position.version) : store.list(resource, namespace || undefined)
  if (all === 'gone') {
    throw expired(
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.',
    )
  }
  const matching = all.filter(selectorOf(query)).filter((object) => position.after === '' || keyOf(object) > position.after)
  const limit = integerOption(query, 'limit')
  const items = limit > 0 ? matching.slice(0, limit) : matching
  const last = items.at(-1)
  const remaining = matching.length - items.length
  const next = last && remaining > 0 ? writeToken({ version: position.version, after: keyOf(last) }) : ''
  const isSelected = Boolean(query.get('labelSelector') || query.get('fieldSelector'))
  return { items, resourceVersion: String(position.version), next, remaining: isSelected ? undefined : remaining }
}

// The API server waits 3 s for such a version to come; here it never would.
function tooLarge(wanted: string | null, now: number): StatusError {
  const causes = [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }]
  return new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${now}`).about({
    causes,
    retryAfterSeconds: 1,
  })
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function writeToken({ version, after }: Position): string {
  return Buffer.from(JSON.stringify([version, after])).toString('base64url')
}

function readToken(token: string): Position {
  try {
    const [version, after]: unknown[] = JSON.parse(Buffer.from(token, 'base64url').toString())
    if (typeof version === 'number' && typeof after === 'string') return { version, after }
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest(`continue key is not valid: ${token.slice(0, 40)}`)
}
