import { randomBytes } from 'node:crypto'
import { type Dispatcher, request } from 'undici'

/** A Kubernetes API that the contract is held against. */
export interface ContractTarget {
  url: string
  dispatcher: Dispatcher
  headers: Record<string, string>
  /** Without any credential. */
  anonymous: Dispatcher
}

/** Where a world may differ: what it says to somebody without a credential, as RBAC or a token's check has it. */
export interface ContractTerms {
  anonymousStatus: 401 | 403
}

/** JSON as it came: tests look into it. */
// biome-ignore lint/suspicious/noExplicitAny: answers of a foreign API, asserted field by field
export type Body = any

export interface Answer {
  status: number
  body: Body
  headers: Record<string, string | string[] | undefined>
}

export interface Ask {
  body?: unknown
  type?: string
  accept?: string
  /** As nobody. */
  anonymous?: boolean
}

export interface WatchStream extends AsyncDisposable {
  /** The next event; undefined when the watch has ended. Rejects when none comes in 15 s. */
  next(): Promise<Body | undefined>
}

/** Plain HTTP, so that the contract rests on no client's reading of the API. */
export interface ContractClient {
  ask(method: string, path: string, options?: Ask): Promise<Answer>
  get(path: string, accept?: string): Promise<Answer>
  create(path: string, body: unknown): Promise<Answer>
  /** Server-side apply. */
  apply(path: string, manager: string, body: unknown, query?: string): Promise<Answer>
  watch(path: string): Promise<WatchStream>
  /** Makes a namespace of a new name. */
  namespace(): Promise<string>
  /** Asks until the answer fits; rejects after 20 s. */
  until(path: string, fits: (answer: Answer) => boolean): Promise<Answer>
}

const patienceMs = 20_000
const eventWithinMs = 15_000

export function contractClient(target: ContractTarget): ContractClient {
  const ask: ContractClient['ask'] = async (method, path, options = {}) => {
    const { body, type = 'application/json', accept = 'application/json', anonymous = false } = options
    const answer = await request(`${target.url}${path}`, {
      method: method as Dispatcher.HttpMethod,
      dispatcher: anonymous ? target.anonymous : target.dispatcher,
      headers: {
        ...(anonymous ? {} : target.headers),
        accept,
        'user-agent': 'contract/1',
        ...(body === undefined ? {} : { 'content-type': type }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    })
    const text = await answer.body.text()
    return { status: answer.statusCode, body: text.startsWith('{') ? JSON.parse(text) : text, headers: answer.headers }
  }
  return {
    ask,
    get: (path, accept) => ask('GET', path, accept ? { accept } : {}),
    create: (path, body) => ask('POST', path, { body }),
    apply: (path, manager, body, query = '') =>
      ask('PATCH', `${path}?fieldManager=${manager}${query}`, { body, type: 'application/apply-patch+yaml' }),
    watch: (path) => openWatch(target, path),
    async namespace() {
      const name = `contract-${randomBytes(4).toString('hex')}`
      await ask('POST', '/api/v1/namespaces', { body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } } })
      return name
    },
    async until(path, fits) {
      const deadline = Date.now() + patienceMs
      for (;;) {
        const answer = await ask('GET', path)
        if (fits(answer)) return answer
        if (Date.now() > deadline) throw new Error(`${path} stayed at ${answer.status}: ${JSON.stringify(answer.body).slice(0, 2000)}`)
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    },
  }
}

async function openWatch({ url, dispatcher, headers }: ContractTarget, path: string): Promise<WatchStream> {
  const ended = new AbortController()
  const answer = await request(`${url}${path}`, { dispatcher, headers: { ...headers, accept: 'application/json' }, signal: ended.signal })
  const lines = readLines(answer.body)
  return {
    async next() {
      const timer = setTimeout(() => ended.abort(new Error(`no event of ${path} within ${eventWithinMs} ms`)), eventWithinMs)
      try {
        const { value, done } = await lines.next()
        return done ? undefined : JSON.parse(value)
      } finally {
        clearTimeout(timer)
      }
    },
    async [Symbol.asyncDispose]() {
      ended.abort()
      await lines.return?.(undefined).catch(() => {})
    },
  }
}

async function* readLines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of body) {
    const lines = `${rest}${chunk.toString()}`.split('\n')
    rest = lines.pop() ?? ''
    yield* lines.filter((line) => line.trim() !== '')
  }
}
