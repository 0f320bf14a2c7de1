import type { Json, JsonMap } from './json.js'

/** What an error is about, as the API server names it. */
export interface ErrorSubject {
  group: string
  plural: string
  name: string
}

export interface StatusCause {
  reason: string
  message: string
  field: string
}

/** A refusal in the API server's own words: it becomes a Status object. */
export class StatusError extends Error {
  readonly code: number
  readonly reason: string
  details: JsonMap = {}

  constructor(code: number, reason: string, message: string) {
    super(message)
    this.code = code
    this.reason = reason
  }

  /** What the Status object says of it besides. */
  about(details: JsonMap): this {
    this.details = details
    return this
  }

  toStatus(): JsonMap {
    const details: Record<string, Json> = Object.keys(this.details).length > 0 ? { details: this.details } : {}
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: this.message,
      reason: this.reason,
      ...details,
      code: this.code,
    }
  }
}

function qualified({ group, plural }: ErrorSubject): string {
  return group ? `${plural}.${group}` : plural
}

function detailsOf({ group, plural, name }: ErrorSubject): JsonMap {
  return { name, ...(group ? { group } : {}), kind: plural }
}

export function notFound(subject: ErrorSubject): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(subject)} "${subject.name}" not found`).about(detailsOf(subject))
}

/** For a path that no resource is served at. */
export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource')
}

export function alreadyExists(subject: ErrorSubject): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualified(subject)} "${subject.name}" already exists`).about(detailsOf(subject))
}

export function conflict(subject: ErrorSubject, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(subject)} "${subject.name}": ${why}`
  return new StatusError(409, 'Conflict', message).about(detailsOf(subject))
}

export const changedMeanwhile = 'the object has been modified; please apply your changes to the latest version and try again'

/** A conflict of server-side apply, one cause for each field that somebody else owns. */
export function applyConflict(message: string, causes: readonly StatusCause[]): StatusError {
  return new StatusError(409, 'Conflict', message).about({ causes: causes.map((cause) => ({ ...cause })) })
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

/** An object that cannot be as it is. `kind` is that of the object. */
export function invalid(kind: string, subject: ErrorSubject, causes: readonly StatusCause[]): StatusError {
  const text = causes.map(({ field, message }) => `${field}: ${message}`)
  const all = text.length === 1 ? text[0] : `[${text.join(', ')}]`
  const details = { ...detailsOf(subject), kind, causes: causes.map((cause) => ({ ...cause })) }
  const named = subject.group ? `${kind}.${subject.group}` : kind
  return new StatusError(422, 'Invalid', `${named} "${subject.name}" is invalid: ${all}`).about(details)
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource')
}

export function unsupportedMediaType(given: string): StatusError {
  return new StatusError(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types do not include ${given}`,
  )
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message)
}

export function unauthorized(): StatusError {
  return new StatusError(401, 'Unauthorized', 'Unauthorized')
}
