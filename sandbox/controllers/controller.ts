import type { StoreChange } from '../change-history.js'
import type { ObjectStore } from '../object-store.js'
import type { ResourceCatalog } from '../resource-catalog.js'
import { StatusError } from '../status-error.js'
import type { Writer } from '../writer.js'

/** Looks at changes of some kinds and makes others, as the controllers of a cluster do. */
export interface Controller {
  /** Kinds by name; empty for all. */
  kinds: readonly string[]
  reconcile(context: ControllerContext, change: StoreChange): void
}

export interface ControllerContext {
  store: ObjectStore
  writer: Writer
  catalog: ResourceCatalog
  /** Runs something later, unless the cluster is reset before; at once while the scene is put up. */
  after(delayMs: number, run: () => void): void
  /** RFC 3339. */
  time(): string
}

/** Who controllers are to the API: the writer of status and of what they make. */
export const controllerManager = 'kube-controller-manager'

export interface ControllerDeps extends Omit<ControllerContext, 'after' | 'time'> {
  /** Whether what takes time in a cluster takes none: what a scene begins with has been running for long. */
  isInstant(): boolean
}

/** Runs the controllers on every change, one after the other, each after the change is told. Returns the end of it. */
export function runControllers({ isInstant, ...deps }: ControllerDeps, controllers: readonly Controller[]): () => void {
  const timers = new Set<NodeJS.Timeout>()
  const pending: StoreChange[] = []
  let isScheduled = false
  const after = (delayMs: number, run: () => void) => {
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        attempt(run)
      },
      isInstant() ? 0 : delayMs,
    )
    timers.add(timer)
  }
  const context: ControllerContext = { ...deps, after, time: () => new Date().toISOString().replace(/\.\d+Z$/, 'Z') }
  const reconcile = (controller: Controller, change: StoreChange) => {
    if (controller.kinds.length > 0 && !controller.kinds.includes(change.resource.kind)) return
    // A webhook that nobody answers yet may be answered soon.
    if (attempt(() => controller.reconcile(context, change)) === 'again') after(retryAfterMs, () => reconcile(controller, change))
  }
  const drain = () => {
    isScheduled = false
    for (const change of pending.splice(0)) {
      for (const controller of controllers) reconcile(controller, change)
    }
  }
  const stop = deps.store.subscribe((change) => {
    pending.push(change)
    if (!isScheduled) setImmediate(drain)
    isScheduled = true
  })
  return () => {
    stop()
    pending.length = 0
    for (const timer of timers) clearTimeout(timer)
  }
}

/** A controller whose object went away, or whose namespace ends, has nothing more to do. One that is at fault leaves the others running. */
function attempt(run: () => void): 'done' | 'again' {
  try {
    run()
    return 'done'
  } catch (error) {
    if (error instanceof StatusError) return error.code >= 500 ? 'again' : 'done'
    process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`)
    return 'done'
  }
}

const retryAfterMs = 500
