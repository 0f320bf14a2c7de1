import type { SandboxState, SceneName } from '../contract/sandbox.js'
import { type Controller, runControllers } from './controllers/controller.js'
import { definitions } from './controllers/definitions.js'
import { deployments } from './controllers/deployments.js'
import { garbage } from './controllers/garbage.js'
import { namespaces } from './controllers/namespaces.js'
import { daemonSets, jobs, statefulSets } from './controllers/numbered-workloads.js'
import { pods } from './controllers/pods.js'
import { replicaSets } from './controllers/replica-sets.js'
import { createFaultInjector, type FaultInjector } from './faults.js'
import { injectSidecars } from './meshes/injection.js'
import { meshObjects } from './meshes/mesh-objects.js'
import { createObjectStore, type ObjectStore } from './object-store.js'
import { createResourceCatalog, type ResourceCatalog } from './resource-catalog.js'
import { playScene } from './scenes/play-scene.js'
import { scenes, sceneTitles } from './scenes/scenes.js'
import { createWriter, type Writer } from './writer.js'

/** A cluster that is only its state: an API, and controllers that answer to it as Kubernetes' own do. Nothing in it runs. */
export interface SimulatedCluster {
  readonly store: ObjectStore
  readonly catalog: ResourceCatalog
  readonly writer: Writer
  readonly faults: FaultInjector
  state(): SandboxState
  /** Begins anew with a scene, the last one when none is given. Watches end; versions go on rising. Settles when the scene is up. */
  reset(scene?: SceneName): Promise<void>
  /** Told at each reset; returns the end of it. */
  onReset(listener: () => void): () => void
  /** Ends timers and watches. */
  stop(): void
}

const controllers: readonly Controller[] = [
  ...[definitions, namespaces, garbage, pods, replicaSets, deployments, statefulSets, daemonSets, jobs],
  meshObjects,
]

/** An empty one; `reset` puts the first scene up. `firstVersion`: above those of clusters that stood in its place before. */
export function createSimulatedCluster(firstScene: SceneName, firstVersion: number): SimulatedCluster {
  const store = createObjectStore(firstVersion)
  const catalog = createResourceCatalog(store)
  const writer = createWriter({ store, catalog, now: () => Date.now() })
  const faults = createFaultInjector()
  const listeners = new Set<() => void>()
  let scene = firstScene
  let playing = new AbortController()
  let isPlaying = false
  let stopControllers = () => {}
  writer.admit(injectSidecars(store))
  const stop = () => {
    playing.abort()
    stopControllers()
    for (const listener of [...listeners]) listener()
  }
  return {
    store,
    catalog,
    writer,
    faults,
    state() {
      const { script } = faults
      return {
        ...{ simulated: true, scene, scenes: sceneTitles, objects: store.count(), resourceVersion: String(store.resourceVersion) },
        ...(script ? { faults: script } : {}),
      }
    },
    async reset(next = scene) {
      stop()
      scene = next
      playing = new AbortController()
      faults.set(undefined)
      store.clear()
      const { signal } = playing
      isPlaying = true
      stopControllers = runControllers({ store, catalog, writer, isInstant: () => isPlaying }, controllers)
      await playScene({ store, catalog, writer }, scenes[next], signal)
      if (!signal.aborted) isPlaying = false
    },
    onReset(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    stop,
  }
}
