import type { Failure } from '../../contract/primitives.js'
import { dropAbsent } from '../drop-absent.js'
import { AppError } from '../errors.js'

/** What is kept and shown of an error. What we did not foresee is named as our own fault; its text stays in the log. */
export function toFailure(error: unknown): Failure {
  if (!(error instanceof AppError)) {
    return {
      code: 'internal',
      title: 'Meshwright made a mistake.',
      remedy: 'The server log has the details. Please report it with them.',
    }
  }
  const { cause, remedy, docs } = error.details
  return { code: error.code, title: error.message, ...dropAbsent({ cause, remedy, docs }) }
}
