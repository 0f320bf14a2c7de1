import type { Problem } from '../contract/problem.js'

/** Exit codes of the command: 1 the work failed, 2 it was called wrongly. */
export type ExitCode = 1 | 2

/** What a command ends with when it cannot do its work: what happened, why, what to do. */
export class CliError extends Error {
  readonly why: string | undefined
  readonly remedy: string | undefined
  readonly exitCode: ExitCode

  constructor(what: string, { why, remedy, exitCode = 1, from }: CliErrorDetails = {}) {
    super(what, { cause: from })
    this.name = 'CliError'
    this.why = why
    this.remedy = remedy
    this.exitCode = exitCode
  }
}

export interface CliErrorDetails {
  why?: string | undefined
  remedy?: string | undefined
  exitCode?: ExitCode
  /** The original error, shown by nobody. */
  from?: unknown
}

/** The error of a refused REST call, in the server's words. */
export function problemError(problem: Problem): CliError {
  const faults = (problem.errors ?? []).map(({ pointer, message }) =>
    message === problem.detail ? message : `${pointer || '/'} ${message}`,
  )
  // The detail is the first of the faults when there are any.
  const facts = new Set([problem.detail, problem.cause, ...faults].filter((text) => text !== undefined))
  const why = [...facts].join('; ')
  return new CliError(problem.title, { why: why || undefined, remedy: problem.remedy, exitCode: problem.status === 400 ? 2 : 1 })
}
