import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export interface ServerOptions {
  /** Kept when given; else a new folder that `stop` removes. */
  dataDir?: string
  port?: number
  environment?: Record<string, string>
  /** Another build than `dist`, whose folders are links. */
  dist?: string
}

/** An answer of the REST API; `body` is the parsed JSON. */
export interface Answer<Body> {
  status: number
  headers: Headers
  body: Body
}

/** A server's REST API, called with its local token. */
export interface ServerApi {
  call<Body>(method: string, path: string, body?: unknown): Promise<Answer<Body>>
  /** The body of a 2xx answer; throws the problem document otherwise. */
  get<Body>(path: string): Promise<Body>
  post<Body>(path: string, body: unknown): Promise<Body>
}

/** The built server as a child process. */
export interface RunningServer extends ServerApi {
  url: string
  code: string
  pid: number
  dataDir: string
  token: string
  /** Lines of its log so far. */
  log: string[]
  /** SIGTERM; resolves with the exit code. The data dir is removed unless it was given. */
  stop(): Promise<number | null>
  /** SIGKILL; the data dir is kept. */
  kill(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export async function startServer({ dataDir, port = 0, environment = {}, dist }: ServerOptions = {}): Promise<RunningServer> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'meshwright-test-')))
  const main = dist === undefined ? [resolve('dist/server/main.js')] : [...asLinked, join(dist, 'server/main.js')]
  const child = spawn(process.execPath, [...main, '--json', '--port', String(port), '--data-dir', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, HOME: folder, MESHWRIGHT_LOG_LEVEL: 'debug', ...environment },
  })
  const log: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line))
  const ready = await firstLine(child, log)
  const token = (await readFile(join(folder, 'token'), 'utf8')).trim()
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit')
      child.kill(signal)
      await gone
    }
    return child.exitCode
  }
  const stop = async () => {
    const code = await end('SIGTERM')
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true })
    return code
  }
  return {
    ...ready,
    dataDir: folder,
    token,
    log,
    ...serverApi({ url: ready.url, token }),
    stop,
    kill: async () => void (await end('SIGKILL')),
    [Symbol.asyncDispose]: async () => void (await stop()),
  }
}

// Node would find the build that the links lead to.
const asLinked = ['--preserve-symlinks', '--preserve-symlinks-main']

export function serverApi(server: { url: string; token: string }): ServerApi {
  const call = <Body>(method: string, path: string, body?: unknown) => callApi<Body>({ ...server, method, path, body })
  return {
    call,
    get: async <Body>(path: string) => expectOk(await call<Body>('GET', path)),
    post: async <Body>(path: string, body: unknown) => expectOk(await call<Body>('POST', path, body)),
  }
}

/** Polls until `done` holds; the last value is in the error. The deadline only ends what hangs. */
export async function waitFor<Value>(read: () => Promise<Value>, done: (value: Value) => boolean, deadlineMs = 120_000): Promise<Value> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const value = await read()
    if (done(value)) return value
    if (Date.now() > deadline) throw new Error(`Still not so after ${deadlineMs} ms: ${JSON.stringify(value)}`)
    await sleep(100)
  }
}

async function firstLine(child: ChildProcess, log: string[]): Promise<{ url: string; code: string; pid: number }> {
  if (child.stdout === null) throw new Error('The server has no stdout.')
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([first]: string[]) => first),
    once(child, 'exit').then(() => undefined),
  ])
  if (line === undefined) throw new Error(`The server ended before it was ready:\n${log.join('\n')}`)
  return JSON.parse(line)
}

async function callApi<Body>(request: { url: string; token: string; method: string; path: string; body: unknown }): Promise<Answer<Body>> {
  const response = await fetch(request.url + request.path, {
    method: request.method,
    headers: {
      authorization: `Bearer ${request.token}`,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

function expectOk<Body>({ status, body }: Answer<Body>): Body {
  if (status >= 400) throw new Error(`${status} ${JSON.stringify(body, null, 2)}`)
  return body
}
