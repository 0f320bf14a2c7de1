import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { AppError } from '../errors.js'
import type { IdempotencyStore } from './idempotency-store.js'

const keptMs = 24 * 3_600_000

/** What a POST answers: kept word for word for its repeats. */
export interface Answer<Body> {
  status: number
  location?: string
  body: Body
}

export interface OnceOptions<Schema extends z.ZodType> {
  request: FastifyRequest
  /** Schema of the answer's body: a stored answer is read back through it. */
  schema: Schema
  /** Runs in one transaction with the record of its answer: a crash leaves both or neither. */
  work: () => Answer<z.output<Schema>>
}

/** For POSTs that start work: the same Idempotency-Key with the same body gets the same answer, with another body 409. */
export interface Idempotency {
  /** Without the header, `work` just runs. Failures are not kept: the call may be tried again. */
  once<Schema extends z.ZodType>(options: OnceOptions<Schema>): Answer<z.output<Schema>>
}

export interface IdempotencyDeps {
  store: IdempotencyStore
  /** Runs work in one transaction, such as EventLog.change. */
  atomically: <T>(work: () => T) => T
  now: () => number
}

/** The body counts without the order of its fields; the key counts for one caller and one address. */
export function openIdempotency({ store, atomically, now }: IdempotencyDeps): Idempotency {
  return {
    once({ request, schema, work }) {
      const key = readKey(request)
      if (key === undefined) return work()
      const call = { route: routeOf(request), keyHash: hash(key), bodyHash: hash(canonical(request.body ?? null)) }
      store.deleteOlderThan(now() - keptMs)
      const known = store.find(call.route, call.keyHash)
      if (!known) {
        return atomically(() => {
          const answer = work()
          store.insert({ ...call, status: answer.status, location: answer.location ?? null, body: answer.body, createdAt: now() })
          return answer
        })
      }
      if (known.bodyHash !== call.bodyHash) throw otherBody()
      return { status: known.status, ...(known.location === null ? {} : { location: known.location }), body: schema.parse(known.body) }
    },
  }
}

function readKey(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key']
  if (key === undefined) return undefined
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) return key
  throw new AppError('invalid-request', 'The Idempotency-Key is not valid.', { cause: 'It takes 1 to 255 visible ASCII characters.' })
}

/** The address with its ids, and who calls: two users may use the same key. */
function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.url.split('?', 1)[0]} ${request.identity?.id ?? ''}`
}

function otherBody(): AppError {
  return new AppError('idempotency-conflict', 'This Idempotency-Key was used with another body.', {
    cause: 'A key stands for one call; keys are remembered for a day.',
    remedy: 'Use a new key for a new call.',
  })
}

/** JSON with sorted keys: the order of fields in a body means nothing. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  )
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
