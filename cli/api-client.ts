import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { Problem } from '../contract/problem.js'
import { CliError, problemError } from './cli-error.js'
import type { ServerAddress } from './server-address.js'

/** An answer twice: checked, for the command, and as it came, for `-o json`. */
export interface Answer<Value> {
  value: Value
  body: unknown
}

/** One request: `answer` is the schema that the body must have, checked here at the border and trusted afterwards. */
export interface ApiCall<Schema extends z.ZodType> {
  method?: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Below `/api/v1`, already escaped. */
  path: string
  query?: Record<string, string | undefined>
  body?: unknown
  answer: Schema
  signal?: AbortSignal | undefined
}

/** A request whose answer is read as it comes. */
export interface OpenCall {
  method?: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  signal: AbortSignal
}

/** Filters of a list; what is undefined is left out. */
export type ListQuery = Record<string, string | undefined>

/** The REST API as commands use it. Every method throws CliError with what, why and do this when the server refuses or is away. */
export interface ApiClient {
  readonly url: string
  call<Schema extends z.ZodType>(call: ApiCall<Schema>): Promise<Answer<z.infer<Schema>>>
  /** All pages of a list, as one. */
  list<Item extends z.ZodType>(path: string, item: Item, query?: ListQuery): Promise<Answer<z.infer<Item>[]>>
  /** The open answer of a stream; throws when it is refused. */
  open(stream: OpenCall): Promise<Response>
}

/** Dials nothing yet: the first call does. */
export function connectApi({ url, token }: ServerAddress): ApiClient {
  async function send(path: string, init: RequestInit): Promise<Response> {
    const authorization = `Bearer ${token}`
    const response = await fetch(`${url}/api/v1${path}`, { ...init, headers: { ...init.headers, authorization } }).catch(
      (error: unknown) => {
        // A deadline of ours is no fault of the server.
        if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) throw error
        throw unreachable(url, error)
      },
    )
    if (!response.ok) throw await refusal(response)
    return response
  }

  async function call<Schema extends z.ZodType>({ method = 'GET', path, query, body, answer, signal }: ApiCall<Schema>) {
    const headers: Record<string, string> = { accept: 'application/json' }
    if (body !== undefined) headers['content-type'] = 'application/json'
    // A call that is sent again by a network in between must not start work twice.
    if (method === 'POST') headers['idempotency-key'] = randomUUID()
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }), ...(signal ? { signal } : {}) }
    const response = await send(path + search(query), init)
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    const parsed: unknown = isJson && text !== '' ? JSON.parse(text) : undefined
    return { value: understand(answer, parsed, `${method} ${path}`), body: parsed }
  }

  async function list<Item extends z.ZodType>(path: string, item: Item, query: ListQuery = {}) {
    const page = z.object({ items: z.array(item), next: z.exactOptional(z.string()) })
    const first = await call({ path, query, answer: page })
    const pages = [first]
    for (let next = first.value.next; next !== undefined; next = pages.at(-1)?.value.next) {
      pages.push(await call({ path, query: { ...query, cursor: next }, answer: page }))
    }
    const value = pages.flatMap((answer) => answer.value.items)
    return { value, body: pages.length === 1 ? first.body : { items: value } }
  }

  return { url, call, list, open: ({ path, ...init }) => send(path, init) }
}

function search(query: ListQuery = {}): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, value)
  return given.size > 0 ? `?${given}` : ''
}

function understand<Schema extends z.ZodType>(schema: Schema, body: unknown, call: string): z.infer<Schema> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  throw new CliError(`The answer to ${call} is not what this command understands.`, {
    why: z.prettifyError(result.error),
    remedy: 'Use the meshwright command of the same version as the server: meshwright status names it.',
  })
}

async function refusal(response: Response): Promise<CliError> {
  const text = await response.text()
  const isProblem = response.headers.get('content-type')?.includes('application/problem+json')
  if (isProblem) return problemError(understand(Problem, JSON.parse(text), response.url))
  return new CliError(`${response.url} answered ${response.status}.`, {
    why: text.slice(0, 300) || undefined,
    remedy: 'Check that the address is that of a Meshwright server.',
  })
}

function unreachable(url: string, error: unknown): CliError {
  const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error)
  return new CliError(`No Meshwright server answers at ${url}.`, {
    why: reason,
    remedy: 'Start one with meshwright server (or npm start), or name another with --server.',
    from: error,
  })
}
