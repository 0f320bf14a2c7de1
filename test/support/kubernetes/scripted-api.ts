import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createPlainServer } from 'node:http'
import { createServer, type ServerOptions } from 'node:https'
import { createCa, issueCertificate, type KeyPair } from '../../../certificates/certificate-authority.js'

/** One request as it arrived. */
export interface SeenRequest {
  method: string
  path: string
  query: URLSearchParams
  headers: IncomingMessage['headers']
  body: string
  /** TLS server name that the client asked for; empty without one. */
  serverName: string
  /** Common name of the client's certificate; empty without one. */
  clientName: string
}

export type Handler = (request: SeenRequest, response: ServerResponse) => void | Promise<void>

export interface ScriptedApi extends AsyncDisposable {
  url: string
  /** PEM of the authority that signed its certificate; empty for plain HTTP. */
  ca: string
  authority: KeyPair
  seen: SeenRequest[]
  /** Ends all connections at once, as a restart or a network would. */
  cut(): void
  close(): Promise<void>
}

interface ScriptedOptions {
  /** Default: https for 127.0.0.1 and localhost. */
  plain?: boolean
  /** Names in the certificate besides 127.0.0.1. */
  names?: string[]
  /** Asks for a client certificate. */
  asksCertificate?: boolean
}

/** A small real HTTP server in the place of an API server; the handler says what each request gets. */
export async function startScriptedApi(handler: Handler, options: ScriptedOptions = {}): Promise<ScriptedApi> {
  const authority = await createCa('scripted authority')
  const names = options.names ?? ['localhost']
  const leaf = await issueCertificate(authority, { commonName: 'scripted', dnsNames: names, ipAddresses: ['127.0.0.1'] })
  const tls: ServerOptions = { ...leaf, ca: authority.cert, requestCert: options.asksCertificate === true, rejectUnauthorized: false }
  const seen: SeenRequest[] = []
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    void readRequest(request).then(async (one) => {
      seen.push(one)
      await handler(one, response)
    })
  }
  const server = options.plain ? createPlainServer(listener) : createServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return {
    url: `${options.plain ? 'http' : 'https'}://127.0.0.1:${port}`,
    ca: options.plain ? '' : authority.cert,
    authority,
    seen,
    cut: () => server.closeAllConnections(),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** Answers JSON. */
export function sendJson(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers })
  response.end(JSON.stringify(body))
}

/** A Kubernetes Status, as an API server refuses. */
export function sendStatus(response: ServerResponse, code: number, reason: string, headers: Record<string, string> = {}): void {
  sendJson(response, { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message: `scripted ${reason}`, code }, code, headers)
}

async function readRequest(request: IncomingMessage): Promise<SeenRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk)
  const url = new URL(request.url ?? '/', 'https://scripted')
  const socket = request.socket as Partial<import('node:tls').TLSSocket> & { servername?: string | false }
  return {
    method: request.method ?? '',
    path: url.pathname,
    query: url.searchParams,
    headers: request.headers,
    body: Buffer.concat(chunks).toString(),
    serverName: socket.servername || '',
    clientName: socket.getPeerCertificate?.()?.subject?.CN?.toString() ?? '',
  }
}
