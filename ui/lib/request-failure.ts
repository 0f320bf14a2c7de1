import type { Schema } from './schema.js'

/** A call that failed, in words: what happened, why, what to do. `raw` is what a bug report needs. */
export class RequestFailure extends Error {
  readonly problem: Schema<'Problem'>
  readonly raw: string

  constructor(problem: Schema<'Problem'>, raw: string, options?: ErrorOptions) {
    super(problem.title, options)
    this.name = 'RequestFailure'
    this.problem = problem
    this.raw = raw
  }
}

/** Status 0 stands for "no answer at all": the server is down or the network is. */
export const noAnswer = 0

/** The failure for an answer that is not a success; what is not a problem document still gets a title, a cause and a remedy. */
export function failureFromAnswer(status: number, body: unknown): RequestFailure {
  if (isProblem(body)) return new RequestFailure(body, JSON.stringify(body, null, 2))
  const problem = {
    type: 'about:blank',
    title: `Meshwright answered ${status} and gave no reason`,
    status,
    code: 'internal',
    cause: 'The answer did not come in the form that this page knows. A proxy between may have made it.',
    remedy: 'Reload the page. When it stays, look at the log of the server.',
  }
  return new RequestFailure(problem, typeof body === 'string' ? body : JSON.stringify(body))
}

/** The failure for a call that got no answer. */
export function failureWithoutAnswer(cause: unknown): RequestFailure {
  const problem = {
    type: 'about:blank',
    title: 'Meshwright does not answer',
    status: noAnswer,
    code: 'server-unreachable',
    cause: 'The server has stopped, or this machine has lost its way to it.',
    remedy: 'Start it again with `npm start` or `meshwright server`. This page goes on by itself when it is back.',
  }
  return new RequestFailure(problem, String(cause), { cause })
}

function isProblem(body: unknown): body is Schema<'Problem'> {
  return typeof body === 'object' && body !== null && 'title' in body && 'code' in body
}
