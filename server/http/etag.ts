import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.js'

/** ETag of a resource whose row counts its changes. */
export function etagOf({ version }: { version: number }): string {
  return `"v${version}"`
}

/** Throws AppError('precondition-failed') with the current object when If-Match names another state of it. */
export function requireMatch(request: FastifyRequest, { etag, current }: { etag: string; current: unknown }): void {
  const wanted = request.headers['if-match']
  if (wanted === undefined || wanted.trim() === '*') return
  if (wanted.split(',').some((entry) => entry.trim() === etag)) return
  throw new AppError('precondition-failed', 'It was changed by somebody else in the meantime.', {
    cause: `Your change is for ${wanted.slice(0, 100)}, it is now ${etag}.`,
    remedy: 'Load it again (it is in "current"), and repeat your change.',
    current,
  })
}
