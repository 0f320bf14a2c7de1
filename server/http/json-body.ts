import { AppError } from '../errors.js'
import type { HttpServer } from './http-server.js'

const maxDepth = 64

/** JSON is the only body that we read; a polluting key (`__proto__`) or too deep a nesting is refused while it is parsed. */
export function acceptOnlyJson(http: HttpServer): void {
  const parse = http.getDefaultJsonParser('error', 'error')
  http.removeAllContentTypeParsers()
  http.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Clients that always send the content type also send it with nothing behind it.
    if (body === '') return done(null, undefined)
    void parse(request, String(body), (error, value: unknown) => {
      if (error) return done(malformed(error))
      return isTooDeep(value) ? done(tooDeep()) : done(null, value)
    })
  })
}

function isTooDeep(value: unknown): boolean {
  let level = [value]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true
    level = level.flatMap((entry) => (typeof entry === 'object' && entry !== null ? Object.values(entry) : []))
  }
  return false
}

function malformed(error: Error): AppError {
  return new AppError('invalid-request', 'The body is not valid JSON.', { cause: error.message, from: error })
}

function tooDeep(): AppError {
  return new AppError('invalid-request', 'The body is nested too deeply.', { cause: `At most ${maxDepth} levels are read.` })
}
