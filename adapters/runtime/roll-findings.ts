import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { count } from './count.js'
import { nameOf, refOf } from './manifests.js'
import type { NamespaceApplications } from './membership-pods.js'
import { warningFinding } from './plan-findings.js'
import { someNames } from './some-names.js'
import { readinessOf } from './workload-readiness.js'

const listed = 10

/** Names the pods of a namespace that no rollout replaces; `remedy` says what their owner can do. */
export function looseFinding(
  namespace: string,
  left: NamespaceApplications['loose'],
  remedy = 'Make them anew yourself when it suits.',
): Finding[] {
  if (left.length === 0) return []
  const pods = left.slice(0, listed).map(({ pod, why }) => `${pod.metadata.name} ${why}`)
  const stay = left.length === 1 ? 'stays as it is' : 'stay as they are'
  return [
    warningFinding({
      code: 'not-restarted',
      message: `${count(left.length, 'pod')} of ${namespace} will not be restarted and ${stay}.`,
      cause: `${pods.join('; ')}${left.length > listed ? `; and ${left.length - listed} more` : ''}.`,
      remedy,
      ...(left[0] ? { object: refOf(left[0].pod) } : {}),
    }),
  ]
}

/** Of the workloads to restart those that are not ready as they are. */
export function notReadyFindings(workloads: readonly KubeObject[]): Finding[] {
  return workloads
    .map((workload) => ({ workload, ...readinessOf(workload) }))
    .filter(({ ready }) => !ready)
    .map(({ workload, detail }) =>
      warningFinding({
        code: 'workload-not-ready',
        message: `${nameOf(workload)} is not ready now: ${detail}.`,
        cause: 'A rollout ends when the new pods are ready; until then old ones stay.',
        remedy: 'Mend it or scale it to 0 first.',
        object: refOf(workload),
      }),
    )
}

/** The restarts of one namespace, with the number of their pods. */
export interface PlannedRoll {
  name: string
  workloads: readonly KubeObject[]
  pods: number
}

/** One text for all restarts: how much, where, what is away meanwhile, and how often when that is not once. */
export function confirmRolls(rolls: readonly PlannedRoll[], often = ''): Confirmation[] {
  const workloads = rolls.flatMap((roll) => roll.workloads)
  if (workloads.length === 0) return []
  const pods = rolls.reduce((sum, roll) => sum + roll.pods, 0)
  const where = rolls
    .filter((roll) => roll.workloads.length > 0)
    .map((roll) => `${roll.name}: ${count(roll.workloads.length, 'workload')}, ${count(roll.pods, 'pod')}`)
  const text = `${count(workloads.length, 'workload')} with ${count(pods, 'pod')} will be restarted${often} (${where.join('; ')}), one namespace after the other, each by its own rollout settings.${gapOf(workloads.filter(isAwayMeanwhile))}`
  return [{ code: 'restart-workloads', text, destructive: false, objects: workloads.map(refOf).slice(0, 200) }]
}

function gapOf(away: readonly KubeObject[]): string {
  if (away.length === 0) return ''
  return ` ${someNames(away.map(nameOf), listed)} ${away.length === 1 ? 'does' : 'do'} not answer while the one pod is replaced.`
}

// A Deployment brings the new pod before it takes the old one away, unless it is told to recreate it.
function isAwayMeanwhile({ kind, spec }: KubeObject): boolean {
  const { replicas = 1, strategy } = (spec ?? {}) as { replicas?: number; strategy?: { type?: string } }
  if (kind === 'Deployment') return strategy?.type === 'Recreate'
  return kind === 'StatefulSet' && replicas === 1
}
