import { setTimeout as sleep } from 'node:timers/promises'
import { type Dispatcher, request } from 'undici'
import type { KubeConnection } from './connection.js'

export interface KubeRequest {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Absolute API path such as `/api/v1/pods`, already escaped. */
  path: string
  query?: Record<string, string | undefined>
  body?: unknown
  contentType?: string
  accept?: string
  signal?: AbortSignal | undefined
  timeoutMs?: number
}

/** The API server's refusal: `reason` and `causes` come from its Status object. */
export class KubeError extends Error {
  readonly status: number
  readonly reason: string
  readonly causes: { field?: string; message?: string; reason?: string }[]
  readonly retryAfterSeconds: number | undefined

  constructor(status: number, body: KubeStatus, retryAfter: string | undefined) {
    super(body.message ?? `The API server answered ${status}.`)
    this.name = 'KubeError'
    this.status = status
    this.reason = body.reason ?? ''
    this.causes = body.details?.causes ?? []
    const seconds = body.details?.retryAfterSeconds ?? Number(retryAfter)
    this.retryAfterSeconds = Number.isFinite(seconds) ? seconds : undefined
  }

  /** Reads the refusal out of an answer that was opened but not yet read. */
  static async from(response: Dispatcher.ResponseData): Promise<KubeError> {
    return new KubeError(response.statusCode, parseStatus(await response.body.text()), header(response, 'retry-after'))
  }
}

interface KubeStatus {
  message?: string
  reason?: string
  details?: { causes?: { field?: string; message?: string; reason?: string }[]; retryAfterSeconds?: number }
}

const readTimeoutMs = 30_000
// The API server asks webhooks about a write, each for up to 30 s, and gives up itself after 60 s (its --request-timeout).
const writeTimeoutMs = 65_000
const busyTries = 5
const longestWaitMs = 10_000

/**
 * One answer before its body is read; 401 was already tried again once with a fresh credential. A patient connection also
 * waits when the API server is busy and says for how long, as client-go does: 429, or 5xx with Retry-After.
 */
export async function openKubeRequest(connection: KubeConnection, options: KubeRequest): Promise<Dispatcher.ResponseData> {
  for (let tries = 1; ; tries++) {
    const response = await openOnce(connection, options)
    const waitMs = connection.isPatient && tries < busyTries ? busyForMs(response) : undefined
    if (waitMs === undefined) return response
    await response.body.dump()
    await sleep(waitMs, undefined, options.signal ? { signal: options.signal } : {})
  }
}

function busyForMs(response: Dispatcher.ResponseData): number | undefined {
  const seconds = Number.parseInt(header(response, 'retry-after') ?? '', 10)
  const isBusy = response.statusCode === 429 || response.statusCode >= 500
  return isBusy && seconds >= 0 ? Math.min(longestWaitMs, seconds * 1000) : undefined
}

async function openOnce(connection: KubeConnection, options: KubeRequest): Promise<Dispatcher.ResponseData> {
  const first = await send(connection, options)
  if (first.statusCode !== 401 || !(await connection.refresh())) return first
  await first.body.dump()
  return send(connection, options)
}

/** The parsed JSON answer. Throws KubeError for 4xx and 5xx; network errors rise as undici gives them. */
export async function kubeRequest<Answer>(connection: KubeConnection, options: KubeRequest): Promise<Answer> {
  const response = await openKubeRequest(connection, options)
  if (response.statusCode >= 400) throw await KubeError.from(response)
  return JSON.parse(await response.body.text()) as Answer
}

async function send(connection: KubeConnection, options: KubeRequest): Promise<Dispatcher.ResponseData> {
  const url = new URL(connection.url + options.path)
  for (const [key, value] of Object.entries(options.query ?? {})) if (value !== undefined) url.searchParams.set(key, value)
  const timeoutMs = options.timeoutMs ?? (options.method === undefined || options.method === 'GET' ? readTimeoutMs : writeTimeoutMs)
  const identity = await connection.headers()
  return request(url, {
    method: options.method ?? 'GET',
    dispatcher: connection.dispatcher,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    ...(options.signal ? { signal: options.signal } : {}),
    headers: {
      accept: options.accept ?? 'application/json',
      ...(options.body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
      ...identity,
    },
    body: options.body === undefined ? null : typeof options.body === 'string' ? options.body : JSON.stringify(options.body),
  })
}

function parseStatus(text: string): KubeStatus {
  const isJson = text.startsWith('{')
  return isJson ? (JSON.parse(text) as KubeStatus) : { message: text.trim().slice(0, 500) }
}

function header(response: Dispatcher.ResponseData, name: string): string | undefined {
  const value = response.headers[name]
  return Array.isArray(value) ? value[0] : value
}
