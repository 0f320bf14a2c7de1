import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { AppError } from '../errors.js'
import type { Identity } from '../http/authentication.js'
import type { SessionStore } from './session-store.js'

const codeLifetimeMs = 10 * 60_000
const sessionLifetimeMs = 30 * 24 * 3_600_000
const wrongCodesPerMinute = 10

/** Who may come in: the local token, and sessions that one-time codes are changed into. */
export interface Access {
  identify(token: string): Identity | undefined
  /** Whether an identity that was good once still is. */
  isValid(identity: Identity): boolean
  /** A one-time code for the page: single use, ten minutes. */
  newCode(): { code: string; expiresAt: number }
  /** Throws AppError('invalid-code') for a code that is unknown, used or too old. */
  openSession(code: string): { token: string; expiresAt: number }
}

/** Forgets what has expired. Tokens and codes have at least 192 random bits and are compared and stored as hashes. */
export function openAccess({ store, localToken, now }: { store: SessionStore; localToken: string; now: () => number }): Access {
  const localHash = hash(localToken)
  const wrongCodes: number[] = []
  store.deleteExpired(now())

  function isLive(expiresAt: number | undefined): boolean {
    return expiresAt !== undefined && expiresAt > now()
  }

  function refuseGuessing(): void {
    while (wrongCodes[0] !== undefined && wrongCodes[0] < now() - 60_000) wrongCodes.shift()
    if (wrongCodes.length < wrongCodesPerMinute) return
    throw new AppError('too-many-requests', 'Too many wrong codes were tried.', { remedy: 'Wait a minute, then run "meshwright open".' })
  }

  return {
    identify(token) {
      const tokenHash = hash(token)
      if (timingSafeEqual(Buffer.from(tokenHash), Buffer.from(localHash))) return { kind: 'local-token', id: 'local' }
      const expiresAt = store.expiryOf(tokenHash)
      return isLive(expiresAt) ? { kind: 'session', id: tokenHash } : undefined
    },
    isValid: ({ kind, id }) => kind === 'local-token' || isLive(store.expiryOf(id)),
    newCode() {
      const code = randomBytes(24).toString('base64url')
      const lifetime = { createdAt: now(), expiresAt: now() + codeLifetimeMs }
      store.addCode(hash(code), lifetime)
      return { code, expiresAt: lifetime.expiresAt }
    },
    openSession(code) {
      refuseGuessing()
      const taken = store.takeCode(hash(code))
      if (!taken || taken.expiresAt <= now()) {
        wrongCodes.push(now())
        throw new AppError('invalid-code', 'This sign-in link is no longer valid.', {
          cause: 'A code can be used once, within ten minutes.',
          remedy: 'Run "meshwright open" to get a new link.',
        })
      }
      const token = randomBytes(32).toString('base64url')
      const lifetime = { createdAt: now(), expiresAt: now() + sessionLifetimeMs }
      store.addSession(hash(token), lifetime)
      return { token, expiresAt: lifetime.expiresAt }
    },
  }
}

function hash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
