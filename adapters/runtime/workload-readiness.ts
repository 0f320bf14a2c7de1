import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'

const count = z.number().default(0)
// A definition that was just created says `conditions: null`.
const conditions = z
  .array(z.looseObject({ type: z.string(), status: z.string(), reason: z.string().optional(), message: z.string().optional() }))
  .nullish()
  .transform((found) => found ?? [])

const Workload = z.looseObject({
  metadata: z.looseObject({ generation: count }),
  spec: z
    .looseObject({ replicas: z.number().default(1), updateStrategy: z.looseObject({ type: z.string().optional() }).optional() })
    .default({ replicas: 1 }),
  status: z
    .looseObject({
      observedGeneration: count,
      replicas: count,
      updatedReplicas: count,
      availableReplicas: count,
      readyReplicas: count,
      desiredNumberScheduled: count,
      updatedNumberScheduled: count,
      numberAvailable: count,
      conditions,
    })
    .prefault({}),
})

type WorkloadState = z.infer<typeof Workload>

/** How ready an object is, and what it still waits for. */
export interface Readiness {
  ready: boolean
  /** `1 of 2 ready`, or what else it waits for. */
  detail: string
}

const rules: Record<string, (workload: WorkloadState) => Readiness> = {
  Deployment: ({ spec, status }) => {
    const { updatedReplicas, availableReplicas, replicas } = status
    const ready = updatedReplicas >= spec.replicas && replicas <= updatedReplicas && availableReplicas >= updatedReplicas
    return { ready, detail: `${Math.min(updatedReplicas, availableReplicas)} of ${spec.replicas} ready` }
  },
  StatefulSet: ({ spec, status }) => {
    const updated = spec.updateStrategy?.type === 'OnDelete' ? spec.replicas : status.updatedReplicas
    return {
      ready: status.readyReplicas >= spec.replicas && updated >= spec.replicas,
      detail: `${status.readyReplicas} of ${spec.replicas} ready`,
    }
  },
  DaemonSet: ({ spec, status }) => {
    const { desiredNumberScheduled, updatedNumberScheduled, numberAvailable } = status
    const updated = spec.updateStrategy?.type === 'OnDelete' || updatedNumberScheduled >= desiredNumberScheduled
    return { ready: updated && numberAvailable >= desiredNumberScheduled, detail: `${numberAvailable} of ${desiredNumberScheduled} ready` }
  },
  Job: ({ status }) => byCondition(status, 'Complete'),
  Pod: ({ status }) => byCondition(status, 'Ready'),
  CustomResourceDefinition: ({ status }) => byCondition(status, 'Established'),
}

/** Kinds without a notion of readiness are ready when they are there. */
export function readinessOf(object: KubeObject): Readiness {
  const rule = rules[object.kind]
  if (rule === undefined) return { ready: true, detail: 'there' }
  const workload = Workload.parse(object)
  const counted = ['Deployment', 'StatefulSet', 'DaemonSet'].includes(object.kind)
  if (counted && workload.status.observedGeneration < workload.metadata.generation)
    return { ready: false, detail: 'not yet seen by its controller' }
  return rule(workload)
}

function byCondition({ conditions: found }: WorkloadState['status'], type: string): Readiness {
  const condition = found.find((each) => each.type === type)
  const failed = found.find((each) => each.type === 'Failed' && each.status === 'True')
  if (failed) return { ready: false, detail: `failed: ${failed.message ?? failed.reason ?? ''}` }
  return {
    ready: condition?.status === 'True',
    detail: condition?.status === 'True' ? type.toLowerCase() : `not ${type.toLowerCase()} yet`,
  }
}
