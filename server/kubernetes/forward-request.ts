import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { type Dispatcher, request as send } from 'undici'
import type { IdentityHeaders } from '../../kube/connection.js'
import type { OpenGrant } from './grants.js'
import { impersonationHeaders } from './impersonation.js'
import type { JudgedRequest } from './judge-request.js'
import { changesSomething, describeChange, noAnswer } from './requested-objects.js'

export interface AllowedRequest {
  grant: OpenGrant
  request: JudgedRequest
  body: Buffer
  /** The client's headers; only those named below are looked at. */
  headers: IncomingHttpHeaders
}

// A webhook may take 30 s, and the API server gives itself 60.
const answerTimeoutMs = 120_000

/** A read: its answer streams through, watches included. It ends when the client leaves or the grant does. */
export async function forwardRead(allowed: AllowedRequest, response: ServerResponse, signal: AbortSignal): Promise<number> {
  const left = new AbortController()
  response.once('close', () => left.abort())
  const answer = await sendOn(allowed, { signal: AbortSignal.any([signal, left.signal]), bodyTimeoutMs: 0 })
  response.writeHead(answer.statusCode, keptHeaders(answer))
  // Without this a watch shows nothing before its first event.
  response.flushHeaders()
  await pipeline(answer.body, response)
  return answer.statusCode
}

/**
 * Everything with a body. It goes on when the client leaves, because the change then happens all the same; it is put on the
 * list before the client hears of it, also when no answer came.
 */
export async function forwardChange(allowed: AllowedRequest, response: ServerResponse, signal: AbortSignal): Promise<number> {
  // The API server takes the caller's id for its audit log: so it is known even when the answer gets lost.
  const auditId = randomUUID()
  const answered = await sendOn(allowed, { signal, auditId, bodyTimeoutMs: answerTimeoutMs })
    .then(async (answer) => ({ answer, body: Buffer.from(await answer.body.arrayBuffer()) }))
    .catch(async (error: unknown) => {
      await record(allowed, { status: noAnswer, answer: Buffer.alloc(0), auditId })
      throw error
    })
  const { answer, body } = answered
  await record(allowed, { status: answer.statusCode, answer: body, auditId: textOf(answer.headers['audit-id']) ?? auditId })
  response.writeHead(answer.statusCode, { ...keptHeaders(answer), 'content-length': body.length })
  response.end(body)
  return answer.statusCode
}

async function record(
  { grant, request, body }: AllowedRequest,
  outcome: { status: number; answer: Buffer; auditId: string },
): Promise<void> {
  if (!changesSomething(request)) return
  const kindOf = (target: Parameters<typeof grant.catalog.kindOf>[0]) => grant.catalog.kindOf(target).catch(() => target.resource)
  const requested = await describeChange({ request, requestBody: body, kindOf, ...outcome })
  if (requested) grant.onRequested(requested)
}

interface SendOptions {
  signal: AbortSignal
  /** Silence in the middle of the answer; 0: as long as it takes, for watches. */
  bodyTimeoutMs: number
  auditId?: string
}

async function sendOn(allowed: AllowedRequest, options: SendOptions): Promise<Dispatcher.ResponseData> {
  const first = await sendOnce(allowed, options)
  if (first.statusCode !== 401 || !(await allowed.grant.connection.refresh())) return first
  await first.body.dump()
  return sendOnce(allowed, options)
}

async function sendOnce(
  { grant, request, body, headers }: AllowedRequest,
  { signal, bodyTimeoutMs, auditId }: SendOptions,
): Promise<Dispatcher.ResponseData> {
  const { connection } = grant
  const identity = await connection.headers()
  const query = request.query.toString()
  return send(`${connection.url}${request.path}${query ? `?${query}` : ''}`, {
    method: request.method,
    dispatcher: connection.dispatcher,
    signal,
    headersTimeout: answerTimeoutMs,
    bodyTimeout: bodyTimeoutMs,
    headers: {
      accept: readableTypes(request.path, headers.accept),
      ...(request.method === 'GET' ? compression(headers) : {}),
      ...(body.length > 0 ? { 'content-type': request.contentType } : {}),
      ...(headers['user-agent'] ? { 'user-agent': headers['user-agent'] } : {}),
      ...(auditId ? { 'audit-id': auditId } : {}),
      ...actingIdentity(identity, grant),
    },
    body: body.length > 0 ? body : null,
  })
}

function actingIdentity(identity: IdentityHeaders, { actAs }: OpenGrant): IdentityHeaders {
  if (!actAs) return identity
  const own = Object.entries(identity).filter(([name]) => !name.startsWith('impersonate-'))
  return { ...Object.fromEntries(own), ...impersonationHeaders(actAs) }
}

// Only JSON (tables and metadata-only forms are JSON too): protobuf and CBOR could not be read on their way back.
// OpenAPI documents hold no objects, and some clients know only their protobuf form.
function readableTypes(path: string, accept: string | undefined): string {
  if (path.startsWith('/openapi/')) return accept ?? 'application/json'
  const ranges = (accept ?? '').split(',').map((range) => range.trim())
  const json = ranges.filter((range) => /^application\/json\s*(;|$)/i.test(range))
  return json.length > 0 ? json.join(', ') : 'application/json'
}

function compression(headers: IncomingHttpHeaders): Record<string, string> {
  const wanted = headers['accept-encoding']
  return typeof wanted === 'string' && /\bgzip\b/i.test(wanted) ? { 'accept-encoding': 'gzip' } : {}
}

const passedBack = [
  'content-type',
  'content-encoding',
  'audit-id',
  'retry-after',
  'warning',
  'cache-control',
  'etag',
  'x-kubernetes-pf-flowschema-uid',
  'x-kubernetes-pf-prioritylevel-uid',
]

function keptHeaders({ headers }: Dispatcher.ResponseData): Record<string, string | string[]> {
  return Object.fromEntries(
    passedBack.flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}
