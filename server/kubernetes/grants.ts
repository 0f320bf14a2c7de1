import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { setMaxListeners } from 'node:events'
import type { RequestedObject } from '../../contract/operation.js'
import type { KubeConnection } from '../../kube/connection.js'
import { type ApiCatalog, openApiCatalog } from './api-catalog.js'
import type { Impersonation } from './impersonation.js'
import { type GrantMode, type GrantPolicy, Refusal } from './judge-request.js'

export interface GrantRequest {
  operation: string
  connection: KubeConnection
  scope: 'cluster' | readonly string[]
  /** Acts as this identity instead of the connection's own. */
  actAs?: Impersonation | undefined
  mode: GrantMode
  expiresAt: Date
  /** Called for each real change after its answer and before the adapter sees it. When it throws, the grant ends. */
  onRequested: (requested: RequestedObject) => void
}

/** An open grant as the broker sees it. */
export interface OpenGrant extends GrantPolicy {
  readonly operation: string
  readonly connection: KubeConnection
  readonly actAs: Impersonation | undefined
  readonly catalog: ApiCatalog
  readonly onRequested: GrantRequest['onRequested']
  /** Counts a request in; throws Refusal when the grant has ended. A read is cut when it ends, a change may finish first. */
  enter(kind: 'read' | 'change'): { signal: AbortSignal; leave(): void }
  /** Refuses new requests at once; settles when nothing of this grant is on its way any more. */
  revoke(): Promise<void>
}

export interface Grants {
  open(request: GrantRequest): { token: string; grant: OpenGrant }
  /** By the token that a client sent. Throws Refusal 401 for one that is unknown, 403 for one that has ended. */
  find(token: string): OpenGrant
  revokeAll(): Promise<void>
}

// So long an ended grant is told apart from one that never was.
const rememberEndedMs = 3_600_000
// setTimeout counts in 32 bits.
const longestTimerMs = 2_147_483_647

/** The grants of one broker. `drainMs`: how long a change may take to finish once its grant ends, before it is cut. */
export function createGrants({ drainMs }: { drainMs: number }): Grants {
  const byDigest = new Map<string, { digest: Buffer; grant: OpenGrant }>()
  return {
    open(request) {
      if (request.scope !== 'cluster' && request.scope.length === 0) throw new Error('a grant for no namespace at all is a mistake')
      const token = randomBytes(32).toString('base64url')
      const digest = digestOf(token)
      const key = digest.toString('hex')
      const forget = () => setTimeout(() => byDigest.delete(key), rememberEndedMs).unref()
      const grant = createGrant(request, { drainMs, onEnd: forget })
      byDigest.set(key, { digest, grant })
      return { token, grant }
    },
    find(token) {
      const digest = digestOf(token)
      const found = byDigest.get(digest.toString('hex'))
      // The map is asked for a digest, which an attacker cannot steer bit by bit; the comparison is for the eye of a reviewer.
      if (!found || !timingSafeEqual(found.digest, digest)) throw new Refusal(401, 'this token belongs to no grant')
      return found.grant
    },
    async revokeAll() {
      await Promise.all([...byDigest.values()].map(({ grant }) => grant.revoke()))
    },
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}

function createGrant(request: GrantRequest, { drainMs, onEnd }: { drainMs: number; onEnd: () => void }): OpenGrant {
  const { operation, connection, scope, actAs, mode, expiresAt, onRequested } = request
  const reads = new AbortController()
  const changes = new AbortController()
  // Each request on its way listens to one of them, and helm sends many at once.
  setMaxListeners(0, reads.signal, changes.signal)
  const inFlight = new Set<Promise<void>>()
  let ending: Promise<void> | undefined

  const end = async (): Promise<void> => {
    clearTimeout(expiry)
    reads.abort(new Refusal(403, `the grant of ${operation} has ended`))
    const cut = setTimeout(() => changes.abort(new Refusal(403, `the grant of ${operation} has ended`)), drainMs)
    await Promise.all(inFlight)
    clearTimeout(cut)
    onEnd()
  }
  const revoke = (): Promise<void> => {
    ending ??= end()
    return ending
  }
  const expiry = setTimeout(() => void revoke(), Math.min(Math.max(expiresAt.getTime() - Date.now(), 0), longestTimerMs))
  expiry.unref()

  return {
    operation,
    connection,
    actAs,
    scope,
    mode,
    onRequested(requested) {
      try {
        onRequested(requested)
      } catch (error) {
        void revoke()
        throw new Refusal(500, 'the change was made but could not be recorded; this grant has ended', error)
      }
    },
    catalog: openApiCatalog(connection),
    enter(kind) {
      if (ending || Date.now() >= expiresAt.getTime()) throw new Refusal(403, `the grant of ${operation} has ended`)
      const { promise, leave } = openEntry()
      inFlight.add(promise)
      return {
        signal: kind === 'read' ? reads.signal : changes.signal,
        leave() {
          inFlight.delete(promise)
          leave()
        },
      }
    },
    revoke,
  }
}

function openEntry(): { promise: Promise<void>; leave: () => void } {
  let leave: () => void = () => undefined
  const promise = new Promise<void>((resolve) => {
    leave = resolve
  })
  return { promise, leave }
}
