import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Logger } from 'pino'
import { AppError } from '../errors.js'
import { stopChild } from './stop-child.js'

/** A running adapter: where it listens, the token of this launch, and which incarnation answers. */
export interface AdapterProcess {
  socket: string
  token: string
  incarnation: string
  pid: number
  /** Resolves with the reason when the process has ended, whoever ended it. */
  ended: Promise<string>
  /** Closes the pipe that the adapter watches, then insists. Resolves when it is gone. */
  stop(): Promise<void>
}

export interface LaunchOptions {
  mesh: string
  mainFile: string
  socket: string
  token: string
  environment: Record<string, string>
  log: Logger
}

// An adapter mostly waits: memory counts, of which there are many, and speed does not. Measured after an installation of Consul,
// resident: 158 MiB without flags, 92 to 108 with the first two, 80 to 84 when it also collects at the end of each work
// (cluster-session.ts) and the C library gives back what it holds (glibc's mallopt(3): with fixed thresholds, and not with ones that grow).
const nodeFlags = ['--optimize-for-size', '--max-semi-space-size=1', '--expose-gc']
const allocatorSettings = { MALLOC_TRIM_THRESHOLD_: '131072', MALLOC_MMAP_THRESHOLD_: '131072' }

const readyWithinMs = 20_000
const stopWithinMs = 10_000
const keptErrorLines = 20

/** Starts `node … <mainFile>` and waits for its ready line; it ends itself when our end of its stdin closes. */
export async function launchAdapter(options: LaunchOptions): Promise<AdapterProcess> {
  const { mesh, mainFile, socket, token, environment, log } = options
  const child = spawn(process.execPath, [...nodeFlags, mainFile], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...environment, ...allocatorSettings, MESHWRIGHT_ADAPTER_SOCKET: socket, MESHWRIGHT_ADAPTER_TOKEN: token },
  })
  // A write to the pipe of an adapter that just died must not take the server down.
  child.stdin.on('error', (error) => log.debug({ mesh, error }, 'adapter pipe'))
  const lastLines = followErrorOutput(child, { mesh, log })
  const ended = describeEnd(child, lastLines)
  const incarnation = await Promise.race([readyLine(child, mesh), ended.then((cause) => Promise.reject(adapterDied(mesh, cause)))]).catch(
    (error: unknown) => {
      child.kill('SIGKILL')
      throw error
    },
  )
  return { socket, token, incarnation, pid: child.pid ?? 0, ended, stop: () => stopChild(child, { withinMs: stopWithinMs }) }
}

function followErrorOutput(child: ChildProcess, { mesh, log }: { mesh: string; log: Logger }): string[] {
  const lastLines: string[] = []
  if (child.stderr === null) return lastLines
  createInterface({ input: child.stderr }).on('line', (line) => {
    lastLines.push(line)
    if (lastLines.length > keptErrorLines) lastLines.shift()
    log.debug({ mesh, line }, 'adapter')
  })
  return lastLines
}

async function describeEnd(child: ChildProcess, lastLines: string[]): Promise<string> {
  const [code, signal]: [number | null, string | null] = await new Promise((resolve) => {
    child.once('exit', (...how) => resolve(how))
    child.once('error', (error) => {
      lastLines.push(error.message)
      resolve([null, null])
    })
  })
  if (signal !== null) return `It was ended by ${signal}.`
  const how = code === null ? 'It could not be started.' : `It ended with code ${code}.`
  // Lines of its log are JSON; what a dying Node writes is not, and says why.
  const lastWords = lastLines.filter((line) => !line.startsWith('{')).at(-1)
  return code === 0 || lastWords === undefined ? how : `${how} Its last words: ${lastWords.slice(0, 500)}`
}

async function readyLine(child: ChildProcess, mesh: string): Promise<string> {
  if (child.stdout === null) throw adapterDied(mesh, 'It has no output.')
  const lines = createInterface({ input: child.stdout })
  const [line]: string[] = await once(lines, 'line', { signal: AbortSignal.timeout(readyWithinMs) }).catch((error: unknown) => {
    throw new AppError('adapter-unavailable', `The ${mesh} adapter did not get ready within ${readyWithinMs / 1000} seconds.`, {
      remedy: 'Try again; if it stays so, look at the server log at level debug.',
      from: error,
    })
  })
  const ready: unknown = JSON.parse(line ?? 'null')
  if (typeof ready === 'object' && ready !== null && 'incarnation' in ready) return String(ready.incarnation)
  throw adapterDied(mesh, 'Its first line was not the ready line.')
}

function adapterDied(mesh: string, cause: string): AppError {
  return new AppError('adapter-unavailable', `The ${mesh} adapter ended while it started.`, {
    cause,
    remedy: 'Try again; if it stays so, look at the server log at level debug.',
  })
}
