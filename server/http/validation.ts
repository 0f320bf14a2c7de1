import type { FastifySchemaCompiler } from 'fastify'
import { z } from 'zod'
import { AppError } from '../errors.js'

/** Checks a part of a request with its zod schema; faults become an AppError that names each field. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (value: unknown) => {
    const result = z.safeParse(schema, value ?? (httpPart === 'body' ? undefined : {}))
    if (result.success) return { value: result.data }
    return { error: invalidRequest(result.error.issues, pointerPrefix[httpPart ?? 'body'] ?? '/') }
  }
}

// A body field is a JSON pointer (/name); a query parameter is shown as ?name, a path parameter as :name.
const pointerPrefix: Record<string, string> = { body: '/', querystring: '?', params: ':', headers: '' }

/** `invalid-request` with one entry for each field; used as well for what a route checks by itself. */
function invalidRequest(issues: z.core.$ZodIssue[], prefix: string): AppError {
  const errors = issues.flatMap((issue) => describe(issue, prefix)).slice(0, 50)
  const [first] = errors
  const where = first && first.pointer !== prefix ? `${first.pointer} ` : ''
  return new AppError('invalid-request', 'The request is not valid.', {
    detail: first ? `${where}${first.message}` : undefined,
    remedy: 'See /api/docs for what this call takes.',
    errors,
  })
}

function describe(issue: z.core.$ZodIssue, prefix: string): { pointer: string; message: string }[] {
  const path = issue.path.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'))
  const at = (...more: string[]) => prefix + [...path, ...more].join('/')
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ pointer: at(key), message: 'is not a known field' }))
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    return closest(issue.errors).flatMap((inner) => describe({ ...inner, path: [...issue.path, ...inner.path] }, prefix))
  }
  return [{ pointer: at(), message: lowerFirst(issue.message) }]
}

/** Of the shapes that a body may have, the one that it comes nearest to. */
function closest(branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  return branches.reduce((best, branch) => (weight(branch) < weight(best) ? branch : best))
}

function weight(issues: z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 1), 0)
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
