import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { AdapterState } from '../../contract/mesh.js'
import { AppError } from '../errors.js'
import { type AdapterProcess, launchAdapter } from './adapter-process.js'
import { createCrashCircuit } from './crash-circuit.js'
import { createIdleStop } from './idle-stop.js'
import { endOrphanedHelm } from './orphaned-helm.js'

export interface AdapterStatus {
  state: AdapterState
  since: number
  cause?: string
  remedy?: string
  pid?: number
  incarnation?: string
}

export interface SupervisorOptions {
  mesh: string
  mainFile: string
  /** Private folder of this adapter under the data dir; `helm.pid` lies there. */
  workDir: string
  /** 0700 folder with a short path: a socket path may have 107 bytes. */
  socketDir: string
  environment: Record<string, string>
  log: Logger
  onState: (status: AdapterStatus) => void
}

export interface AdapterSupervisor {
  status(): AdapterStatus
  /** The running process; starts one when there is none. */
  ensure(): Promise<AdapterProcess>
  /** The process that runs now, if any; never starts one. */
  current(): AdapterProcess | undefined
  /** Keeps the process from its idle stop until the returned function is called. */
  hold(): () => void
  stop(): Promise<void>
}

/** Owns one adapter process: on demand, one at a time, back-off after crashes, circuit open after five in a minute. */
export function superviseAdapter(options: SupervisorOptions): AdapterSupervisor {
  const { mesh, log, onState } = options
  let status: AdapterStatus = { state: 'idle', since: Date.now() }
  let running: AdapterProcess | undefined
  let starting: Promise<AdapterProcess> | undefined
  const clean = () =>
    endOrphanedHelm(options.workDir, log).catch((error: unknown) => log.warn({ err: error, mesh }, 'a helm could not be ended'))
  let cleaning = clean()
  const circuit = createCrashCircuit({
    code: 'adapter-unavailable',
    what: `The ${mesh} adapter`,
    remedy: 'Wait a minute and try again; the server log at level debug holds its last words.',
  })
  const idle = createIdleStop(() => retire())
  let stopping = false

  const setStatus = (next: Omit<AdapterStatus, 'since'>) => {
    status = { ...next, since: Date.now() }
    onState(status)
  }
  // Nobody is given a process that is about to end: the next one waits until it is gone.
  const retire = () => {
    const leaving = running
    running = undefined
    cleaning = Promise.resolve(leaving?.stop()).then(clean)
  }
  const watchEnd = async (adapter: AdapterProcess) => {
    const cause = await adapter.ended
    if (running === adapter) {
      running = undefined
      idle.cancel()
      cleaning = clean()
    }
    const wanted = stopping || cause === 'It ended with code 0.'
    if (!wanted) circuit.crashed()
    setStatus(wanted ? { state: 'idle' } : { state: 'crashed', cause, remedy: 'It is started again when it is needed.' })
  }
  const launch = async (): Promise<AdapterProcess> => {
    setStatus({ state: 'starting' })
    await mkdir(options.workDir, { recursive: true, mode: 0o700 })
    const adapter = await launchAdapter(launchOptions(options))
    running = adapter
    setStatus({ state: 'serving', pid: adapter.pid, incarnation: adapter.incarnation })
    void watchEnd(adapter)
    idle.touch()
    return adapter
  }
  const countCrash = (error: unknown): never => {
    circuit.crashed()
    setStatus({ state: 'crashed', cause: error instanceof AppError ? (error.details.cause ?? error.message) : String(error) })
    throw error
  }
  const start = async (): Promise<AdapterProcess> => {
    await cleaning
    await sleep(circuit.delayMs())
    return launch().catch(countCrash)
  }

  return {
    status: () => status,
    current: () => running,
    ensure: () => {
      idle.touch()
      if (running !== undefined) return Promise.resolve(running)
      starting ??= start().finally(() => {
        starting = undefined
      })
      return starting
    },
    hold: idle.hold,
    stop: async () => {
      stopping = true
      idle.cancel()
      // One that is about to be ready is ended like one that is; one that fails is ended already.
      await Promise.allSettled([starting])
      await running?.stop()
      await cleaning
    },
  }
}

/** A socket and a token of their own for each launch: what an ended process knew is worth nothing. */
function launchOptions(options: SupervisorOptions) {
  return {
    ...options,
    socket: join(options.socketDir, `${options.mesh}.${randomBytes(4).toString('hex')}`),
    token: randomBytes(32).toString('base64url'),
    environment: { ...options.environment, MESHWRIGHT_ADAPTER_WORK_DIR: options.workDir },
  }
}
