import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { isResponseSerializationError } from 'fastify-type-provider-zod'
import type { Code } from '../../contract/codes.js'
import type { Problem } from '../../contract/problem.js'
import { AppError } from '../errors.js'
import type { HttpServer } from './http-server.js'

/** Every refusal and failure leaves the server as a problem document (RFC 9457); what we did not foresee is logged in full. */
export function answerWithProblems(http: HttpServer, methodsAt: (path: string) => string[]): void {
  http.setErrorHandler((error: FastifyError, request, reply) => {
    const known = toAppError(error)
    if (known.status >= 500) request.log.error({ err: error, code: known.code }, known.message)
    return sendProblem({ request, reply, error: known })
  })
  http.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    const methods = methodsAt(path)
    if (methods.length === 0)
      return sendProblem({ request, reply, error: new AppError('not-found', `There is nothing at ${path.slice(0, 200)}.`) })
    reply.header('allow', methods.join(', '))
    const cause = `It takes ${methods.join(', ')}, not ${request.method}.`
    return sendProblem({ request, reply, error: new AppError('method-not-allowed', 'This address does not take that method.', { cause }) })
  })
}

// Why and what to do where the place that refuses has nothing more exact to say.
const usual: Partial<Record<Code, { cause: string; remedy: string }>> = {
  'body-too-large': {
    cause: 'A call may carry 1 MB, a kubeconfig 256 kB.',
    remedy: 'Send less: a kubeconfig needs one context with its cluster and user.',
  },
  conflict: { cause: 'Something else has that name or place already.', remedy: 'Choose another, or change what is there.' },
  'disk-full': {
    cause: 'The database could not grow.',
    remedy: 'Make room on the disk of the data directory, then do it again; an operation that this interrupted can be resumed.',
  },
  'invalid-request': { cause: 'The call does not have the form that this address takes.', remedy: 'See /api/docs for what it takes.' },
  'method-not-allowed': { cause: 'The address takes other methods.', remedy: 'Use one that the "allow" header of this answer names.' },
  'not-found': {
    cause: 'There is no such address or resource, or no longer.',
    remedy: 'See /api/docs for the addresses; the lists there name what is.',
  },
  'origin-refused': {
    cause: 'Only the page of this server may call it from a browser.',
    remedy: 'Open the address that the server printed. If it is reached by another name, set MESHWRIGHT_PUBLIC_URL.',
  },
  unauthenticated: { cause: 'The call carries no token that this server knows.', remedy: 'Run "meshwright open" to sign in.' },
  'unsupported-media-type': { cause: 'Only JSON is read.', remedy: 'Send the body with content-type application/json.' },
}

/** The document of an error, without what it came from: `from` is for the log alone. */
export function toProblem(error: AppError, requestId?: string): Problem {
  const { cause = usual[error.code]?.cause, remedy = usual[error.code]?.remedy, detail, docs, errors, current } = error.details
  return {
    type: `urn:meshwright:problem:${error.code}`,
    title: error.message,
    status: error.status,
    code: error.code,
    ...(detail === undefined ? {} : { detail }),
    ...(cause === undefined ? {} : { cause }),
    ...(remedy === undefined ? {} : { remedy }),
    ...(docs === undefined ? {} : { docs }),
    ...(errors === undefined ? {} : { errors }),
    ...(current === undefined ? {} : { current }),
    ...(requestId === undefined ? {} : { requestId }),
  }
}

function sendProblem({ request, reply, error }: { request: FastifyRequest; reply: FastifyReply; error: AppError }): FastifyReply {
  reply.code(error.status).type('application/problem+json')
  // A string passes by the serializer of the route, whose schemas are for success.
  return reply.send(JSON.stringify(toProblem(error, request.id)))
}

const fastifyCodes: Record<string, [code: Code, title: string]> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is larger than 1 MB.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['unsupported-media-type', 'Bodies must be application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['invalid-request', 'The body is not as long as its Content-Length says.'],
  FST_ERR_BAD_URL: ['invalid-request', 'The address is not a valid URL.'],
  SQLITE_FULL: ['disk-full', 'The disk of the data directory is full; nothing was changed.'],
}

/** Reads what is thrown; an error that is neither ours nor Fastify's becomes `internal` and shows nothing of itself. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const foreseen = fastifyCodes[code]
  if (foreseen) return new AppError(foreseen[0], foreseen[1], { from: error })
  if (!isResponseSerializationError(error) && isClientFault(error)) {
    return new AppError('invalid-request', 'The request is not valid.', { cause: error.message, from: error })
  }
  return new AppError('internal', 'Meshwright failed to do this; it is a fault of ours.', {
    remedy: "Look for this request's id in the server's log, and report it.",
    from: error,
  })
}

function isClientFault(error: unknown): error is Error {
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
  return status >= 400 && status < 500
}
