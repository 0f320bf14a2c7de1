import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.js'
import type { HttpServer } from './http-server.js'
import { type Policy, routePolicy } from './route-policy.js'

/** Who calls. Both kinds are the same person in this version; only making sign-in codes tells them apart. */
export interface Identity {
  kind: 'local-token' | 'session'
  /** Tells identities of one kind apart, without being a secret: the hash of a session's token. */
  id: string
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Null on public routes. */
    identity: Identity | null
  }
}

/** Puts the route policy in front of every handler. Being on the loopback address proves nothing; a token does. */
export function requireIdentity(http: HttpServer, identify: (token: string) => Identity | undefined): void {
  http.decorateRequest('identity', null)
  http.addHook('onRequest', async (request) => {
    const policy = policyOf(request)
    if (policy === 'public') return
    const identity = identifyRequest(request, identify)
    if (policy === 'local-token' && identity.kind !== 'local-token') {
      throw new AppError('forbidden', 'This call needs the local token.', {
        cause: 'It was made with a session of the page.',
        remedy: 'Use the token in the file "token" of the data directory.',
      })
    }
    request.identity = identity
  })
}

function policyOf(request: FastifyRequest): Policy {
  const { url, method } = request.routeOptions
  // No route: the not-found handler answers, and it has nothing to hide.
  if (url === undefined) return 'public'
  const name = Array.isArray(method) ? request.method : method
  return routePolicy[`${name === 'HEAD' ? 'GET' : name} ${url}`] ?? 'local-token'
}

function identifyRequest(request: FastifyRequest, identify: (token: string) => Identity | undefined): Identity {
  const [, token] = /^Bearer ([\w.~+/=-]{1,500})$/i.exec(request.headers.authorization ?? '') ?? []
  const identity = token === undefined ? undefined : identify(token)
  if (identity) return identity
  throw new AppError('unauthenticated', token === undefined ? 'You are not signed in.' : 'Your session is no longer valid.', {
    remedy: 'Open the page with "meshwright open", or send the token of the data directory as "Authorization: Bearer".',
  })
}
