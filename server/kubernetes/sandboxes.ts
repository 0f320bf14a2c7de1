import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Agent } from 'undici'
import { SandboxState, type SceneName } from '../../contract/sandbox.js'
import type { KubeConnection } from '../../kube/connection.js'
import { KubeError, kubeRequest } from '../../kube/kube-client.js'
import { type CrashCircuit, createCrashCircuit } from '../adapter-link/crash-circuit.js'
import { AppError } from '../errors.js'
import { explainKubeFailure } from './kube-problem.js'
import { launchSandbox, type SandboxProcess } from './sandbox-process.js'

/** The simulated clusters of this server: one process each, from the first use until it is removed or the server ends. */
export interface Sandboxes {
  /**
   * Starts the cluster when it does not run. Whoever gets the connection closes it; the cluster goes on.
   * Throws `cluster-unreachable` when it does not start, or ended five times within a minute.
   */
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
  /** A cluster ended by itself: what was in it is gone. */
  onLost: (id: string) => void
  /** It is where it was no longer: connections to it lead nowhere, and who connects anew gets there or is told why not. */
  onMoved: (id: string) => void
}

/** What outlives a process: where connections look for it, what it begins with, and how often it crashed. */
interface Place {
  token: string
  /** 0: any free one. */
  port: number
  /** A reset may have changed what the cluster was added with. */
  scene: SceneName
  circuit: CrashCircuit
  ended: AbortController
}

export function openSandboxes(deps: SandboxDeps): Sandboxes {
  const running = new Map<string, Promise<SandboxProcess>>()
  const places = new Map<string, Place>()

  function start(cluster: SimulatedCluster): Promise<SandboxProcess> {
    const known = running.get(cluster.id)
    if (known !== undefined) return known
    const place = places.get(cluster.id) ?? newPlace(cluster.scene)
    places.set(cluster.id, place)
    const starting = launchNear(deps, cluster.id, place)
    running.set(cluster.id, starting)
    follow(cluster, { starting, place }).catch((error: unknown) =>
      deps.log.error({ cluster: cluster.id, err: error }, 'the end of a simulated cluster could not be told'),
    )
    return starting
  }

  /** Until the process ends. One that ended by itself begins anew, in the same place, so that connections to it go on. */
  async function follow(
    cluster: SimulatedCluster,
    { starting, place }: { starting: Promise<SandboxProcess>; place: Place },
  ): Promise<void> {
    const { id } = cluster
    // Who asked for it is told why it did not start.
    const started = await starting.catch(() => undefined)
    await started?.ended
    if (running.get(id) !== starting) return
    running.delete(id)
    if (started === undefined) return
    place.circuit.crashed()
    start(cluster).catch((error: unknown) => {
      deps.log.warn({ cluster: id, err: error }, 'a simulated cluster did not begin anew')
      deps.onMoved(id)
    })
    deps.onLost(id)
  }

  async function end(id: string): Promise<void> {
    const known = running.get(id)
    running.delete(id)
    places.get(id)?.ended.abort()
    places.delete(id)
    // One that never came up has nothing to stop.
    await known?.then(
      ({ stop }) => stop(),
      () => undefined,
    )
  }

  return {
    connect: async (cluster) => connectTo(await start(cluster)),
    async control(cluster, ask) {
      const connection = connectTo(await start(cluster))
      const answer = await kubeRequest(connection, ask)
        .catch(refuseControl)
        .finally(() => connection.close())
      const state = SandboxState.parse(answer)
      const place = places.get(cluster.id)
      if (place !== undefined) place.scene = state.scene
      return state
    },
    end,
    async close() {
      await Promise.all([...running.keys()].map(end))
    },
  }
}

function newPlace(scene: SceneName): Place {
  const circuit = createCrashCircuit({
    code: 'cluster-unreachable',
    what: 'The simulated cluster',
    remedy: 'It is tried again within two minutes; the server log at level warn holds its last words.',
  })
  return { token: randomBytes(32).toString('base64url'), port: 0, scene, circuit, ended: new AbortController() }
}

/** In its place when it has one; where that is taken meanwhile, in another. */
async function launchNear({ distRoot, log, onMoved }: SandboxDeps, id: string, place: Place): Promise<SandboxProcess> {
  const { token, port, scene, circuit, ended } = place
  await sleep(circuit.delayMs(), undefined, { signal: ended.signal })
  const launch = (on: number) => launchSandbox({ distRoot, log, id, scene, token, port: on })
  const started = await launch(port).catch((error: unknown) => {
    if (port === 0 || ended.signal.aborted) throw error
    log.warn({ cluster: id, port, err: error }, 'a simulated cluster cannot begin anew in its place and takes another')
    return launch(0)
  })
  place.port = started.port
  if (port !== 0 && port !== started.port) onMoved(id)
  return started
}

/** Plain HTTP: it never leaves this machine's loopback, and nobody without the token is answered. */
function connectTo({ url, token }: SandboxProcess): KubeConnection {
  const dispatcher = new Agent({ allowH2: false })
  return {
    url,
    dispatcher,
    headers: async () => ({ authorization: `Bearer ${token}` }),
    refresh: async () => false,
    close: () => dispatcher.destroy(),
  }
}

function refuseControl(error: unknown): never {
  if (!(error instanceof KubeError) || error.status !== 400) throw explainKubeFailure(error)
  throw new AppError('invalid-request', 'The simulated cluster does not understand this.', { cause: error.message, from: error })
}
