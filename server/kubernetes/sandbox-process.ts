import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { SceneName } from '../../contract/sandbox.js'
import { stopChild } from '../adapter-link/stop-child.js'
import { AppError } from '../errors.js'

/** A running simulated cluster: where it listens, and what every request must carry. */
export interface SandboxProcess {
  url: string
  port: number
  token: string
  /** Resolves when the process has ended, whoever ended it. */
  ended: Promise<void>
  stop(): Promise<void>
}

export interface SandboxLaunch {
  distRoot: string
  log: Logger
  /** The cluster's. */
  id: string
  scene: SceneName
  token: string
  /** 0: any free one. */
  port: number
}

const readyWithinMs = 20_000
const stopWithinMs = 5_000

/** Starts the process and waits for its ready line. When it throws `cluster-unreachable`, nothing is left running. */
export async function launchSandbox({ distRoot, log, id, scene, token, port }: SandboxLaunch): Promise<SandboxProcess> {
  const child = spawn(process.execPath, [join(distRoot, 'sandbox/main.js')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { MESHWRIGHT_SANDBOX_TOKEN: token, MESHWRIGHT_SANDBOX_PORT: String(port), MESHWRIGHT_SANDBOX_SCENE: scene },
  })
  child.stdin.on('error', (error) => log.debug({ cluster: id, error }, 'sandbox pipe'))
  createInterface({ input: child.stderr }).on('line', (line) => log.warn({ cluster: id, line }, 'sandbox'))
  const exited = once(child, 'exit')
  const died = exited.then(([code]) => Promise.reject(new Error(`it ended with code ${code}`)))
  const url = await Promise.race([readUrl(child), died]).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new AppError('cluster-unreachable', 'The simulated cluster did not start.', {
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'Look at the server log at level warn; removing the cluster and adding it again makes a new one.',
      from: error,
    })
  })
  log.info({ cluster: id, pid: child.pid, url, scene }, 'a simulated cluster runs')
  const ended = exited.then(
    () => {},
    () => {},
  )
  return { url, port: Number(new URL(url).port), token, ended, stop: () => stopChild(child, { withinMs: stopWithinMs }) }
}

const ReadyLine = z.object({ url: z.url() })

async function readUrl({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('it has no output')
  const [line]: string[] = await once(createInterface({ input: stdout }), 'line', { signal: AbortSignal.timeout(readyWithinMs) })
  return ReadyLine.parse(JSON.parse(line ?? '')).url
}
