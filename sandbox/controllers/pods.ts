import { type Json, type JsonMap, listOf, mapOf, textOf } from '../json.js'
import { at } from '../json-parts.js'
import type { KubeObject } from '../kube-object.js'
import type { Controller, ControllerContext } from './controller.js'
import { current, targetOfObject, typeOf } from './objects.js'
import { condition, writeStatus } from './write-status.js'

/**
 * Scheduler and kubelet: a pod is on a node, runs and gets ready within 300 ms, and ends soon after it is deleted.
 * It runs nothing. The annotation `simulated/pod` makes one that does not come up: ImagePullBackOff or CrashLoopBackOff.
 */
export const pods: Controller = {
  kinds: ['Pod'],
  reconcile(context, { type, object }) {
    const live = type === 'DELETED' ? undefined : current(context, typeOf('Pod'), object)
    if (!live) return
    if (live.metadata.deletionTimestamp !== undefined) {
      // A kubelet waits for the containers to end; these have none that would.
      context.after(stoppedAfterMs, () => void (current(context, typeOf('Pod'), live) && end(context, live)))
      return
    }
    if (type === 'ADDED') context.after(scheduledAfterMs, () => schedule(context, live))
  },
}

const scheduledAfterMs = 60
const runningAfterMs = 100
const readyAfterMs = 120
const stoppedAfterMs = 80

function end({ writer }: ControllerContext, pod: KubeObject): void {
  writer.delete(targetOfObject(typeOf('Pod'), pod), { graceSeconds: 0 })
}

function schedule(context: ControllerContext, pod: KubeObject): void {
  const [node] = context.store.list(typeOf('Node'))
  const live = current(context, typeOf('Pod'), pod)
  if (!node || !live || live.metadata.deletionTimestamp !== undefined) return
  const patch = { type: 'merge' as const, body: { spec: { nodeName: node.metadata.name } } }
  const bound = context.writer.patch(targetOfObject(typeOf('Pod'), live), patch, { manager: 'kube-scheduler' }).object
  report(context, bound, { phase: 'Pending', step: 'creating' })
  context.after(runningAfterMs, () => start(context, bound))
}

function start(context: ControllerContext, pod: KubeObject): void {
  const trouble = troubles[pod.metadata.annotations?.['simulated/pod'] ?? '']
  const live = current(context, typeOf('Pod'), pod)
  if (!live || live.metadata.deletionTimestamp !== undefined) return
  if (trouble) {
    report(context, live, { phase: trouble.phase, step: 'trouble', trouble })
    return
  }
  report(context, live, { phase: 'Running', step: 'started' })
  const isJob = live.metadata.ownerReferences?.some(({ kind }) => kind === 'Job') === true
  context.after(readyAfterMs, () => {
    const running = current(context, typeOf('Pod'), live)
    if (!running || running.metadata.deletionTimestamp !== undefined) return
    report(context, running, isJob ? { phase: 'Succeeded', step: 'ended' } : { phase: 'Running', step: 'ready' })
  })
}

interface Trouble {
  phase: string
  state: JsonMap
  restartCount: number
}

const troubles: Record<string, Trouble> = {
  ImagePullBackOff: {
    phase: 'Pending',
    state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image: it was not found' } },
    restartCount: 0,
  },
  CrashLoopBackOff: {
    phase: 'Running',
    state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container' } },
    restartCount: 7,
  },
}

interface Report {
  phase: string
  step: 'creating' | 'started' | 'ready' | 'ended' | 'trouble'
  trouble?: Trouble
}

function report(context: ControllerContext, pod: KubeObject, { phase, step, trouble }: Report): void {
  const isReady = step === 'ready'
  const spec = mapOf(pod.spec)
  const state = trouble?.state ?? stateOf(step, context.time())
  const statuses = listOf(spec.containers).map((one) =>
    containerStatus(one, { state, isReady, isStarted: isReady || step === 'started', trouble }),
  )
  const isPast = step !== 'creating'
  const inits = listOf(spec.initContainers).map((one) => initStatus(one, isPast, context.time()))
  const conditions = [
    { type: 'PodScheduled', status: true },
    { type: 'Initialized', status: isPast },
    { type: 'ContainersReady', status: isReady },
    { type: 'Ready', status: isReady },
  ].map((one) => condition(context, pod, { ...one, reason: one.status ? '' : 'ContainersNotReady', message: '' }))
  writeStatus(context, pod, {
    phase,
    conditions,
    hostIP: '172.30.0.2',
    podIP: at(pod, 'status.podIP') ?? nextAddress(context, pod),
    startTime: at(pod, 'status.startTime') ?? context.time(),
    qosClass: 'BestEffort',
    containerStatuses: statuses,
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
  })
}

function stateOf(step: Report['step'], time: string): JsonMap {
  if (step === 'creating') return { waiting: { reason: 'ContainerCreating' } }
  return step === 'ended'
    ? { terminated: { exitCode: 0, reason: 'Completed', startedAt: time, finishedAt: time } }
    : { running: { startedAt: time } }
}

interface ContainerView {
  state: JsonMap
  isReady: boolean
  isStarted: boolean
  trouble?: Trouble | undefined
}

function containerStatus(container: Json, { state, isReady, isStarted, trouble }: ContainerView): JsonMap {
  const { name, image } = mapOf(container)
  return {
    name: textOf(name),
    image: textOf(image),
    imageID: '',
    ready: isReady,
    restartCount: trouble?.restartCount ?? 0,
    started: isStarted,
    state,
    lastState: trouble && trouble.restartCount > 0 ? { terminated: { exitCode: 1, reason: 'Error' } } : {},
  }
}

/** An init container that restarts always is a native sidecar: it keeps running. */
function initStatus(container: Json, isPast: boolean, time: string): JsonMap {
  const isSidecar = mapOf(container).restartPolicy === 'Always'
  const done = isSidecar ? { running: { startedAt: time } } : { terminated: { exitCode: 0, reason: 'Completed' } }
  const state = isPast ? done : { waiting: { reason: 'PodInitializing' } }
  return containerStatus(container, { state, isReady: isPast, isStarted: isPast && isSidecar })
}

// 10.244.0.0/16, the range that most clusters give their pods.
function nextAddress({ store }: ControllerContext, { metadata }: KubeObject): string {
  const number = (store.resourceVersion + metadata.name.length) % 65_000
  return `10.244.${Math.floor(number / 250)}.${(number % 250) + 2}`
}
