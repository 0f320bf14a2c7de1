import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Logger } from 'pino'
import { Agent } from 'undici'
import { z } from 'zod'
import { SandboxState, type SceneName } from '../../contract/sandbox.js'
import type { KubeConnection } from '../../kube/connection.js'
import { KubeError, kubeRequest } from '../../kube/kube-client.js'
import { AppError } from '../errors.js'

/** The simulated clusters of this server: one process each, from the first use until it is removed or the server ends. */
export interface Sandboxes {
  /** Starts the cluster when it does not run. Whoever gets the connection closes it; the cluster goes on. */
  connect(cluster: SimulatedCluster): Promise<KubeConnection>
  /** Asks its control; paths as in sandbox/control.ts. */
  control(cluster: SimulatedCluster, ask: ControlRequest): Promise<SandboxState>
  end(id: string): Promise<void>
  close(): Promise<void>
}

export interface SimulatedCluster {
  id: string
  /** What it begins with. */
  scene: SceneName
}

export interface ControlRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: '/_sandbox' | '/_sandbox/reset' | '/_sandbox/faults'
  body?: unknown
}

export interface SandboxDeps {
  distRoot: string
  log: Logger
  /** A cluster ended by itself: what was in it is gone, and it begins anew. */
  onLost: (id: string) => void
}

interface Running {
  url: string
  token: string
  stop(): Promise<void>
}

/** Where a cluster is found, and how often it had to be started again. */
interface Place {
  token: string
  /** 0: any free one. */
  port: number
  restarts: number
}

const mostRestarts = 5
const readyWithinMs = 20_000
const stopWithinMs = 5_000

export function openSandboxes(deps: SandboxDeps): Sandboxes {
  const running = new Map<string, Promise<Running>>()
  // A reset may have changed what a cluster was added with.
  const scenes = new Map<string, SceneName>()

  function start(cluster: SimulatedCluster, place: Place = { token: randomBytes(32).toString('base64url'), port: 0, restarts: 0 }) {
    const known = running.get(cluster.id)
    if (known !== undefined) return known
    const scene = scenes.get(cluster.id) ?? cluster.scene
    const starting = launch(deps, { cluster: { ...cluster, scene }, place }, (port) => {
      if (running.get(cluster.id) !== starting) return
      running.delete(cluster.id)
      deps.onLost(cluster.id)
      // In the same place, so that connections to it go on.
      if (place.restarts < mostRestarts) start(cluster, { ...place, port, restarts: place.restarts + 1 }).catch(() => {})
    })
    running.set(cluster.id, starting)
    starting.catch(() => running.delete(cluster.id))
    return starting
  }

  async function end(id: string): Promise<void> {
    const known = running.get(id)
    running.delete(id)
    // One that never came up has nothing to stop.
    await known?.then(
      ({ stop }) => stop(),
      () => undefined,
    )
  }

  return {
    connect: async (cluster) => connectTo(await start(cluster)),
    async control(cluster, { method, path, body }) {
      const connection = connectTo(await start(cluster))
      try {
        const state = SandboxState.parse(await kubeRequest(connection, { method, path, body }))
        scenes.set(cluster.id, state.scene)
        return state
      } catch (error) {
        if (!(error instanceof KubeError) || error.status !== 400) throw error
        throw new AppError('invalid-request', 'The simulated cluster does not understand this.', { cause: error.message, from: error })
      } finally {
        await connection.close()
      }
    },
    end,
    async close() {
      await Promise.all([...running.keys()].map(end))
    },
  }
}

/** Plain HTTP: it never leaves this machine's loopback, and nobody without the token is answered. */
function connectTo({ url, token }: Running): KubeConnection {
  const dispatcher = new Agent({ allowH2: false })
  return {
    url,
    dispatcher,
    headers: async () => ({ authorization: `Bearer ${token}` }),
    refresh: async () => false,
    close: () => dispatcher.destroy(),
  }
}

const ReadyLine = z.object({ url: z.url() })

async function launch(
  { distRoot, log }: SandboxDeps,
  { cluster: { id, scene }, place: { token, port } }: { cluster: SimulatedCluster; place: Place },
  onEnd: (port: number) => void,
): Promise<Running> {
  const child = spawn(process.execPath, [join(distRoot, 'sandbox/main.js')], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { MESHWRIGHT_SANDBOX_TOKEN: token, MESHWRIGHT_SANDBOX_PORT: String(port), MESHWRIGHT_SANDBOX_SCENE: scene },
  })
  child.stdin.on('error', (error) => log.debug({ cluster: id, error }, 'sandbox pipe'))
  createInterface({ input: child.stderr }).on('line', (line) => log.warn({ cluster: id, line }, 'sandbox'))
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const ended = exited.then(([code]) => Promise.reject(new Error(`it ended with code ${code}`)))
  const ready = once(lines, 'line', { signal: AbortSignal.timeout(readyWithinMs) })
  const [line]: string[] = await Promise.race([ready, ended]).catch((error: unknown) => {
    child.kill('SIGKILL')
    throw new AppError('cluster-unreachable', 'The simulated cluster did not start.', {
      cause: error instanceof Error ? error.message : String(error),
      remedy: 'Look at the server log at level warn; removing the cluster and adding it again makes a new one.',
      from: error,
    })
  })
  const { url } = ReadyLine.parse(JSON.parse(line ?? ''))
  const tellEnd = () => onEnd(Number(new URL(url).port))
  exited.then(tellEnd, tellEnd)
  log.info({ cluster: id, pid: child.pid, scene }, 'a simulated cluster runs')
  return { url, token, stop: () => stopChild(child) }
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.stdin?.end()
  const insist = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
  await gone
  clearTimeout(insist)
}
