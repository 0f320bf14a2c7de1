import { type Code, httpStatusByCode } from '../contract/codes.js'

export interface ErrorDetails {
  /** Why it happened, for the user. */
  cause?: string | undefined
  /** What to do about it. */
  remedy?: string | undefined
  detail?: string | undefined
  docs?: string | undefined
  errors?: { pointer: string; message: string }[] | undefined
  /** The object as it is now, for precondition-failed. */
  current?: unknown
  /** The original error: logged, never sent. */
  from?: unknown
}

/** The one error class of the server. `title` is a sentence that a user can act on; no secret may stand in any text. */
export class AppError extends Error {
  readonly code: Code
  readonly details: ErrorDetails

  constructor(code: Code, title: string, details: ErrorDetails = {}) {
    super(title, { cause: details.from })
    this.name = 'AppError'
    this.code = code
    this.details = details
  }

  get status(): number {
    return httpStatusByCode[this.code]
  }
}
