import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.js'
import type { HttpServer } from './http-server.js'

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]'])

/**
 * Keeps other web sites out, before routing: a foreign Host (DNS rebinding) gets 421, a foreign Origin or a cross-site fetch 403.
 * The port of Host is not compared, so that a forwarded port (ssh -L, a container) works; Origin must then be the same as Host.
 */
export function guardOrigin(
  http: HttpServer,
  { publicUrl, host, tls }: { publicUrl?: string | undefined; host: string; tls: boolean },
): void {
  const publicOrigin = publicUrl === undefined ? undefined : new URL(publicUrl)
  const names = new Set([...loopbackNames, host.includes(':') ? `[${host}]` : host])
  if (publicOrigin) names.add(publicOrigin.hostname)
  http.addHook('onRequest', async (request) => {
    const hostHeader = request.headers.host ?? ''
    const name = hostName(hostHeader)
    if (name === undefined || !names.has(name)) throw misdirected(hostHeader)
    const allowed = [publicOrigin?.origin, `${tls ? 'https' : 'http'}://${hostHeader}`]
    refuseForeign(request, allowed)
  })
}

function hostName(host: string): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(:\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase()
}

function misdirected(host: string): AppError {
  return new AppError('misdirected-request', 'This server does not answer to that name.', {
    cause: `The Host header is "${host.slice(0, 200)}".`,
    remedy: 'Use http://127.0.0.1 or localhost, or set MESHWRIGHT_PUBLIC_URL to the address that you use.',
  })
}

function refuseForeign(request: FastifyRequest, allowedOrigins: (string | undefined)[]): void {
  const { origin } = request.headers
  if (origin !== undefined && !allowedOrigins.includes(origin)) {
    throw new AppError('origin-refused', 'Another web site made this call.', { cause: `Its origin is "${origin.slice(0, 200)}".` })
  }
  const site = request.headers['sec-fetch-site']
  const foreign = site !== undefined && site !== 'same-origin' && site !== 'none'
  if (foreign && !isPageVisit(request)) {
    throw new AppError('origin-refused', 'Another web site made this call.', { cause: `The browser marks it as "${site}".` })
  }
}

/** A link on another site may open our page, as a whole document, and nothing else. */
function isPageVisit(request: FastifyRequest): boolean {
  return request.method === 'GET' && request.headers['sec-fetch-mode'] === 'navigate' && !request.url.startsWith('/api/v1/')
}
