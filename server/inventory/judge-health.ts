import type { ControlPlanePod, Installation } from '../../contract/installation.js'
import type { WorkloadProjection } from '../kubernetes/projections.js'

interface HealthInput {
  components: ControlPlanePod[]
  workloads: { workload: WorkloadProjection; role: string }[]
  podsKnown: boolean
}

/** Down when no control-plane pod is ready, degraded when any part is not, with the part that tells most. */
export function judgeHealth({ components, workloads, podsKnown }: HealthInput): Pick<Installation, 'health' | 'healthReason'> {
  if (!podsKnown) return { health: 'unknown', healthReason: 'The pods of this cluster are not read.' }
  const plane = components.filter(({ role }) => role === 'control-plane')
  const broken = components.find(({ ready }) => !ready)
  const missing = workloads.find(({ workload }) => workload.ready < workload.replicas)
  if (!plane.some(({ ready }) => ready)) return { health: 'down', healthReason: describe(broken, missing) ?? 'No control-plane pod runs.' }
  const reason = describe(broken, missing)
  return reason === undefined ? { health: 'healthy' } : { health: 'degraded', healthReason: reason }
}

function describe(broken: ControlPlanePod | undefined, missing: HealthInput['workloads'][number] | undefined): string | undefined {
  if (broken) {
    const why =
      broken.reason ?? (broken.phase === 'Running' ? `${broken.readyContainers} of ${broken.containers} containers ready` : broken.phase)
    return `${broken.namespace}/${broken.pod} is not ready: ${why}.`
  }
  if (!missing) return undefined
  const { namespace, name, ready, replicas } = missing.workload
  return `${namespace}/${name} has ${ready} of ${replicas} pods ready.`
}
