import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { toolPath } from '../binaries/tool-path.js'

/** Owns the processes of one cluster (tools/keeper): they end with it, and it ends with us, whatever way we end. */
export interface ProcessKeeper {
  /** Starts a process, output to `<logs>/<name>.log`; resolves with its id as soon as it runs. */
  start(name: string, argv: readonly string[]): Promise<number>
  /** Id of a process by the name that it was started with. */
  pidOf(name: string): number
  /** Ends a process as a crash would: kills `pid`, which is it or its only child, and resolves when it has gone. */
  crash(name: string, pid: number): Promise<void>
  /** Starts a process that has gone once more, with the same command line. */
  revive(name: string): Promise<void>
  /** Has a command run at the end, whatever way that comes, while all processes still live. */
  atEnd(name: string, argv: readonly string[]): Promise<void>
  /** Waits for `work`, but rejects with the log's end when any kept process ends before that. */
  whileAllRun<T>(work: Promise<T>): Promise<T>
  /** Ends everything; resolves when no process, control group or folder of the cluster is left. */
  stop(): Promise<void>
}

export interface KeeperOptions {
  readonly logs: string
  /** Folder to remove at the end, unless MESHWRIGHT_TESTBED_KEEP is set: then its logs can be read later. */
  readonly remove: string
  /** Control group to remove at the end. */
  readonly cgroup?: string
}

interface KeeperEvent {
  name: string
  pid?: number
  exit?: number
  error?: string
}

export function openKeeper(options: KeeperOptions): ProcessKeeper {
  const flags = [`-remove=${process.env.MESHWRIGHT_TESTBED_KEEP ? '' : options.remove}`, `-cgroup=${options.cgroup ?? ''}`]
  // A session of its own: a terminal's Ctrl-C must reach us, not the cluster under our feet.
  const keeper = spawn(toolPath('keeper'), flags, { stdio: ['pipe', 'pipe', 'pipe'], detached: true })
  const starting = new Map<string, Deferred<number>>()
  const started = new Map<string, { pid: number; argv: readonly string[] }>()
  const crashing = new Map<string, Deferred<void>>()
  const failed = defer<never>()
  failed.promise.catch(() => {})
  let complaints = ''
  let stopping = false

  keeper.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints += text
  })
  keeper.stdin.on('error', failed.reject)
  const closed = once(keeper, 'close')
  closed.then(() => failed.reject(new Error(`the keeper ended: ${complaints}`)), failed.reject)
  createInterface(keeper.stdout).on('line', async (line) => {
    const event: KeeperEvent = JSON.parse(line)
    if (event.pid !== undefined) starting.get(event.name)?.resolve(event.pid)
    if (event.error !== undefined) starting.get(event.name)?.reject(new Error(`${event.name}: ${event.error}`))
    if (event.exit === undefined || stopping) return
    const crash = crashing.get(event.name)
    if (crash) crash.resolve()
    else failed.reject(await exitError(options.logs, event.name, event.exit))
  })

  const order = (name: string, argv: readonly string[], atEnd: boolean) => {
    const answer = defer<number>()
    starting.set(name, answer)
    keeper.stdin.write(`${JSON.stringify({ name, argv, log: join(options.logs, `${name}.log`), atEnd })}\n`)
    return Promise.race([answer.promise, failed.promise])
  }
  const start = async (name: string, argv: readonly string[]) => {
    const pid = await order(name, argv, false)
    started.set(name, { pid, argv })
    return pid
  }
  const known = (name: string) => {
    const process = started.get(name)
    if (process === undefined) throw new Error(`the cluster has no process ${name}`)
    return process
  }

  return {
    start,
    pidOf: (name) => known(name).pid,
    async crash(name, pid) {
      const gone = defer<void>()
      crashing.set(name, gone)
      process.kill(pid, 'SIGKILL')
      await gone.promise
      crashing.delete(name)
    },
    async revive(name) {
      await start(name, known(name).argv)
    },
    async atEnd(name, argv) {
      await order(name, argv, true)
    },
    whileAllRun: (work) => Promise.race([work, failed.promise]),
    async stop() {
      stopping = true
      keeper.stdin.end()
      await closed
      if (keeper.exitCode !== 0) throw new Error(`the keeper could not clean up: ${complaints}`)
    },
  }
}

interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

// Promise.withResolvers came with Node 22.
function defer<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

async function exitError(logs: string, name: string, exit: number): Promise<Error> {
  const log = await readFile(join(logs, `${name}.log`), 'utf8').catch(() => '')
  return new Error(`${name} ended with ${exit}; the end of its log:\n${log.slice(-2000)}`)
}
