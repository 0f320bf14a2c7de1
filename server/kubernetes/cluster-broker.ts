import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { isIP } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { issueCertificate, type KeyPair } from '../../certificates/certificate-authority.js'
import { keepCa } from '../../certificates/certificate-store.js'
import { respectBackpressure } from '../http/tls-backpressure.js'
import { forwardChange, forwardRead } from './forward-request.js'
import { createGrants, type GrantRequest, type Grants, type OpenGrant } from './grants.js'
import { type GrantMode, type JudgedRequest, judgeDelete, judgeRequest, Refusal } from './judge-request.js'
import { explainKubeFailure } from './kube-problem.js'

export interface BrokerOptions {
  dataDir: string
  log: Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>
  /** Where to listen; default 127.0.0.1 and any free port. */
  host?: string
  port?: number
  /** Further names and addresses that adapters may reach it by, for containers. The first one is the one they are told. */
  names?: readonly string[]
  /** Default 10 s, see createGrants. */
  drainMs?: number
}

/** What an adapter gets: where, trusting whom, and with what. */
export interface Grant {
  url: string
  /** PEM of the broker's authority. */
  ca: string
  token: string
  expiresAt: Date
  mode: GrantMode
  /** The fence: new requests are refused at once, and when it settles nothing of this grant is on its way any more. */
  revoke(): Promise<void>
}

export interface ClusterBroker {
  readonly url: string
  openGrant(request: GrantRequest): Grant
  close(): Promise<void>
}

const maxBodyBytes = 3 * 1024 * 1024
const renewEveryMs = 86_400_000

/** Starts the broker: adapters reach clusters only through it, with a token for one operation and no credential of their own. */
export async function startClusterBroker(options: BrokerOptions): Promise<ClusterBroker> {
  const { dataDir, log, host = '127.0.0.1', port = 0, names = [], drainMs = 10_000 } = options
  const ca = await keepCa(join(dataDir, 'broker'))
  const leaf = () => issueLeaf(ca, [...names, host, 'localhost'])
  const grants = createGrants({ drainMs })
  const server = createServer({ ...(await leaf()), minVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] })
  // Longer than Go's 90 s: helm lets go of an idle connection first, and never sends a change on one that we just closed.
  server.headersTimeout = 120_000
  server.requestTimeout = 120_000
  server.keepAliveTimeout = 120_000
  respectBackpressure(server)
  server.on('request', (request, response) => void answer({ grants, log, request, response }))
  server.on('upgrade', (_request, socket) => refuseUpgrade(socket))
  await listen(server, host, port)
  const renewal = setInterval(() => {
    leaf().then(
      (pair) => server.setSecureContext(pair),
      (error: unknown) => log.error({ err: error }, 'the certificate of the broker could not be renewed'),
    )
  }, renewEveryMs)
  renewal.unref()
  const address = server.address()
  const named = names[0] ?? host
  const url = `https://${isIP(named) === 6 ? `[${named}]` : named}:${typeof address === 'object' ? address?.port : port}`
  return {
    url,
    openGrant(request) {
      const { token, grant } = grants.open(request)
      return { url, ca: ca.cert, token, expiresAt: request.expiresAt, mode: request.mode, revoke: grant.revoke }
    },
    async close() {
      clearInterval(renewal)
      await grants.revokeAll()
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

function issueLeaf(ca: KeyPair, names: readonly string[]): Promise<KeyPair> {
  const unique = [...new Set(names)]
  return issueCertificate(ca, {
    commonName: 'meshwright-broker',
    dnsNames: unique.filter((name) => isIP(name) === 0),
    ipAddresses: unique.filter((name) => isIP(name) !== 0),
  })
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

interface Exchange {
  grants: Grants
  log: BrokerOptions['log']
  request: IncomingMessage
  response: ServerResponse
}

// The one place that catches: whatever goes wrong with one request becomes its answer, in the form that Kubernetes clients read.
async function answer({ grants, log, request, response }: Exchange): Promise<void> {
  const began = Date.now()
  // The path names objects, which the record shows anyway; queries, headers and bodies are never logged.
  const line = { method: request.method, path: (request.url ?? '').split('?', 1)[0], operation: '', status: 0, ms: 0 }
  try {
    const grant = grants.find(readToken(request))
    line.operation = grant.operation
    line.status = await passOn(grant, request, response)
    // What changes a cluster is said at info; an installation reads a hundred times as often.
    log[request.method === 'GET' ? 'debug' : 'info']({ ...line, ms: Date.now() - began }, 'broker request')
  } catch (error) {
    if (response.closed) {
      log.info({ ...line, ms: Date.now() - began, err: error }, 'client left the broker')
      return
    }
    const refusal = toRefusal(error)
    const entry = { ...line, status: refusal.status, ms: Date.now() - began, reason: refusal.message }
    log.warn(entry, error instanceof Refusal ? 'broker refused a request' : 'broker request failed')
    refuse(response, refusal)
  }
}

function readToken(request: IncomingMessage): string {
  const values = request.headersDistinct.authorization ?? []
  const match = values.length === 1 ? /^Bearer ([A-Za-z0-9_-]{43})$/.exec(values[0] ?? '') : null
  if (!match?.[1]) throw new Refusal(401, 'a request needs the token of a grant')
  return match[1]
}

async function passOn(grant: OpenGrant, incoming: IncomingMessage, response: ServerResponse): Promise<number> {
  const { headers } = incoming
  const hasBody = headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
  const head = {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    hasBody,
    contentType: headers['content-type'],
    contentEncoding: headers['content-encoding'],
  }
  const judged = judgeRequest(grant, head)
  const body = hasBody ? await readBody(incoming) : Buffer.alloc(0)
  const final = judged.method === 'DELETE' ? judgeDelete(grant, judged, body) : { request: judged, body }
  await checkDryRunIsHonoured(grant, final.request)
  const isRead = judged.method === 'GET'
  // From here on the fence waits for it; before, nothing has left.
  const entry = grant.enter(isRead ? 'read' : 'change')
  const forward = isRead ? forwardRead : forwardChange
  return forward({ grant, headers, ...final }, response, entry.signal).finally(entry.leave)
}

async function checkDryRunIsHonoured(grant: OpenGrant, { target, isDryRun }: JudgedRequest): Promise<void> {
  if (!target || !isDryRun || (await grant.catalog.honoursDryRun(target))) return
  const why = 'may be served by another API server, which may take a dry run for the real thing'
  throw new Refusal(403, `${target.group} ${why} (to tell, the connection needs the right to list apiservices)`)
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  // Leaving the loop must not close the socket, or the refusal could not be sent.
  for await (const chunk of incoming.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > maxBodyBytes) throw new Refusal(413, 'a body may have 3 MiB at most, as for the API server')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function toRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const { message, details } = explainKubeFailure(error)
  return new Refusal(502, `${message} ${details.cause ?? ''}`.trim())
}

const reasons: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  405: 'MethodNotAllowed',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  500: 'InternalError',
  502: 'InternalError',
}

function statusText({ status, message }: Refusal): string {
  const text = `Meshwright: ${message}`
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: text,
    reason: reasons[status] ?? '',
    code: status,
  })
}

function refuse(response: ServerResponse, refusal: Refusal): void {
  // An answer that has begun can only be cut: its client must not take half of it for the whole.
  if (response.headersSent) {
    response.destroy()
    return
  }
  // The rest of a body that nobody reads goes with its connection.
  response.writeHead(refusal.status, { 'content-type': 'application/json', connection: 'close' })
  response.end(statusText(refusal))
}

function refuseUpgrade(socket: Duplex): void {
  const body = statusText(new Refusal(403, 'connections are not upgraded: no exec, attach or port-forward through a grant'))
  socket.end(
    `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
