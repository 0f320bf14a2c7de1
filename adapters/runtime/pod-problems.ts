import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from './cluster-session.js'

const Waiting = z.looseObject({ reason: z.string().default(''), message: z.string().default('') })
const ContainerStatus = z.looseObject({
  name: z.string(),
  restartCount: z.number().default(0),
  state: z.looseObject({ waiting: Waiting.optional() }).prefault({}),
  lastState: z.looseObject({ terminated: z.looseObject({ exitCode: z.number(), reason: z.string().default('') }).optional() }).prefault({}),
})

const Pod = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  status: z
    .looseObject({
      phase: z.string().default(''),
      conditions: z.array(z.looseObject({ type: z.string(), status: z.string(), message: z.string().default('') })).default([]),
      initContainerStatuses: z.array(ContainerStatus).default([]),
      containerStatuses: z.array(ContainerStatus).default([]),
    })
    .prefault({}),
})

// What a container waits for while all is well.
const harmless = ['ContainerCreating', 'PodInitializing', '']

/** Why the pods of a workload are not ready, each cause once: image pull, crash loop, unschedulable, refused by admission. */
export async function podProblems(session: ClusterSession, workload: KubeObject): Promise<string[]> {
  const namespace = workload.metadata.namespace ?? ''
  const labelSelector = selectorOf(workload)
  if (labelSelector === '') return []
  const pods = await session.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector })
  const found = pods.flatMap((pod) => problemsOf(pod))
  if (pods.length === 0) found.push(...(await creationProblems(session, workload)))
  return [...new Set(found)]
}

function selectorOf(workload: KubeObject): string {
  const spec = z
    .looseObject({ spec: z.looseObject({ selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()) }) }) })
    .safeParse(workload)
  if (!spec.success) return ''
  return Object.entries(spec.data.spec.selector.matchLabels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}

function problemsOf(object: KubeObject): string[] {
  const { metadata, status } = Pod.parse(object)
  const unschedulable = status.conditions.find((condition) => condition.type === 'PodScheduled' && condition.status === 'False')
  const scheduling = unschedulable ? [`Pod ${metadata.name} cannot be scheduled: ${unschedulable.message}`] : []
  const containers = [...status.initContainerStatuses, ...status.containerStatuses].flatMap(({ name, restartCount, state, lastState }) => {
    const waiting = state.waiting
    if (waiting === undefined || harmless.includes(waiting.reason)) return []
    const exit = lastState.terminated ? ` Its last exit code was ${lastState.terminated.exitCode}, after ${restartCount} restarts.` : ''
    return [`Pod ${metadata.name}, container ${name}: ${waiting.reason}: ${waiting.message}${exit}`]
  })
  return [...scheduling, ...containers]
}

/** No pods at all: quota, admission webhooks and pod security say so in events of the workload's ReplicaSets. */
async function creationProblems(session: ClusterSession, { metadata, kind }: KubeObject): Promise<string[]> {
  const fieldSelector = 'reason=FailedCreate'
  const events = await session.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: metadata.namespace ?? '', fieldSelector })
  const Event = z.looseObject({ involvedObject: z.looseObject({ name: z.string() }), message: z.string() })
  return events
    .flatMap((event) => {
      const parsed = Event.safeParse(event)
      return parsed.success && parsed.data.involvedObject.name.startsWith(metadata.name ?? '') ? [parsed.data.message] : []
    })
    .slice(-1)
    .map((message) => `${kind} ${metadata.name} gets no pods: ${message}`)
}
