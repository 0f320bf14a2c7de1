import { type Code, fromReason, httpStatusByCode, toReason } from '../../contract/codes.js'
import { KubeError } from '../../kube/kube-client.js'
import type { Problem } from '../../proto/gen/meshwright/adapter/v1/adapter.js'

/** The why and the way out of an error, in words for the user. */
export interface AdapterErrorDetails {
  /** Why it happened, for the user. */
  cause?: string | undefined
  /** What to do about it. */
  remedy?: string | undefined
  docs?: string | undefined
  metadata?: Record<string, string>
  /** Where the code's own gRPC status would mislead: 12 for a call that is not served. */
  grpcStatus?: number
  /** The original error: logged, never sent. */
  from?: unknown
}

/** The one error class of adapters. `title` is a sentence that a user can act on; no secret may stand in any text. */
export class AdapterError extends Error {
  readonly code: Code
  readonly details: AdapterErrorDetails

  constructor(code: Code, title: string, details: AdapterErrorDetails = {}) {
    super(title, { cause: details.from })
    this.name = 'AdapterError'
    this.code = code
    this.details = details
  }

  get problem(): Problem {
    const { cause = '', remedy = '', docs = '', metadata = {} } = this.details
    return { reason: toReason(this.code), title: this.message, cause, remedy, docs, metadata }
  }
}

const checkConnection = 'Check the cluster connection, then retry.'

/** Every error as one that a user can read. The API server's refusals keep its own words as the cause. */
export function toAdapterError(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error
  if (error instanceof KubeError) return fromKubeError(error)
  const code = networkCode(error)
  if (code !== undefined) {
    return new AdapterError('cluster-unreachable', 'The cluster did not answer.', {
      cause: `${code}: ${error instanceof Error ? error.message : String(error)}`,
      remedy: checkConnection,
      from: error,
    })
  }
  return new AdapterError('internal', 'Something unexpected happened in the adapter.', {
    cause: error instanceof Error ? error.message : String(error),
    remedy: 'Retry; when it happens again, report it with the log of this operation.',
    from: error,
  })
}

function fromKubeError(error: KubeError): AdapterError {
  const details = { cause: error.message, from: error }
  if (error.status === 401) {
    return new AdapterError('cluster-unauthorised', 'The cluster no longer accepts the credential of this operation.', {
      ...details,
      remedy: 'The operation may have been ended or its time may be up: look at its state, then retry.',
    })
  }
  if (error.status === 403) {
    return new AdapterError('cluster-forbidden', 'The cluster connection may not do this.', {
      ...details,
      remedy: 'Give the identity of the cluster connection the missing permission, or connect with another one.',
    })
  }
  // The broker's own answer when it does not reach the cluster; an API server has no gateway to speak of.
  if (error.status === 502) {
    return new AdapterError('cluster-unreachable', 'The cluster did not answer.', { ...details, remedy: checkConnection })
  }
  if (error.status >= 500) {
    return new AdapterError('cluster-refused', 'The API server failed.', {
      ...details,
      remedy: 'Look at the health of the API server, then retry.',
    })
  }
  if (error.status === 429) {
    return new AdapterError('cluster-refused', 'The API server has too much to do.', {
      ...details,
      remedy: 'Nothing is wrong with the objects: wait a moment, then retry.',
    })
  }
  return new AdapterError('object-refused', 'The API server refused an object.', {
    ...details,
    remedy: 'Correct what the cause names, then plan again.',
  })
}

function networkCode(error: unknown): string | undefined {
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
  return code?.startsWith('E') || code?.startsWith('UND_ERR') ? code : undefined
}

const grpcStatusByHttp: Record<number, number> = { 400: 3, 401: 16, 403: 7, 404: 5, 409: 9, 412: 9, 413: 8, 429: 8, 503: 14, 504: 4 }
const internal = 13

/** The gRPC status number that goes with a problem's reason. */
export function grpcStatusOf(problem: Problem): number {
  const code = fromReason(problem.reason)
  return code === undefined ? internal : (grpcStatusByHttp[httpStatusByCode[code]] ?? internal)
}
