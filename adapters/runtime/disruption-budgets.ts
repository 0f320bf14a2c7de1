import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import { type LabelSelector, matchesLabels } from '../../kube/label-selector.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import type { ClusterSession } from './cluster-session.js'
import { count } from './count.js'
import { nameOf, refOf } from './manifests.js'
import { templateOf } from './membership-pods.js'
import type { StepContext } from './mesh-adapter.js'
import { errorFinding } from './plan-findings.js'
import { whenForbidden } from './when-forbidden.js'

const figure = z.number().default(0)
const Budget = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({ selector: z.custom<LabelSelector>().optional() }).prefault({}),
  status: z.looseObject({ disruptionsAllowed: figure, desiredHealthy: figure, expectedPods: figure }).prefault({}),
})
type Budget = z.infer<typeof Budget>

/** Budgets of a namespace; none where the connection may not see them, because a rollout does not ask for them either. */
async function readBudgets(session: ClusterSession, namespace: string): Promise<Budget[]> {
  const found = await whenForbidden(session.list({ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }, { namespace }), [])
  return found.map((budget) => Budget.parse(budget))
}

function budgetsOf(workload: KubeObject, budgets: readonly Budget[]): Budget[] {
  const { labels = {} } = templateOf(workload)
  return budgets.filter(({ spec }) => spec.selector !== undefined && matchesLabels(spec.selector, labels))
}

const Rollout = z.looseObject({
  replicas: z.number().default(1),
  strategy: z.looseObject({ type: z.string().optional(), rollingUpdate: z.looseObject({}).nullish() }).prefault({}),
  updateStrategy: z.looseObject({ rollingUpdate: z.looseObject({}).nullish() }).prefault({}),
})

/**
 * How many pods a rollout of the workload may take away before their successors are ready
 * (kubernetes.io/docs: Deployment `maxUnavailable` is rounded down and `maxSurge` up, and not both may be 0; DaemonSets round up).
 */
export function takenAway({ kind, spec, status }: KubeObject): number {
  const { replicas, strategy, updateStrategy } = Rollout.parse(spec ?? {})
  if (kind === 'StatefulSet') return Math.min(1, replicas)
  if (kind === 'DaemonSet') {
    const { desiredNumberScheduled = 0 } = (status ?? {}) as { desiredNumberScheduled?: number }
    const { maxUnavailable = 1, maxSurge = 0 } = Limits.parse(updateStrategy.rollingUpdate ?? {})
    const away = share(maxSurge, desiredNumberScheduled, Math.ceil) > 0 ? 0 : share(maxUnavailable, desiredNumberScheduled, Math.ceil)
    return Math.min(away, desiredNumberScheduled)
  }
  if (strategy.type === 'Recreate') return replicas
  const { maxUnavailable = '25%', maxSurge = '25%' } = Limits.parse(strategy.rollingUpdate ?? {})
  const away = Math.min(share(maxUnavailable, replicas, Math.floor), replicas)
  return away === 0 && share(maxSurge, replicas, Math.ceil) === 0 ? Math.min(1, replicas) : away
}

const limit = z.union([z.number(), z.string()]).optional()
const Limits = z.looseObject({ maxUnavailable: limit, maxSurge: limit })

function share(value: number | string, of: number, round: (figure: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseFloat(value) / 100) * of)
}

/** One error per workload whose rollout would take away more pods than a budget can ever spare: it would wait for nothing. */
export async function budgetFindings(session: ClusterSession, namespace: string, workloads: readonly KubeObject[]): Promise<Finding[]> {
  if (workloads.length === 0) return []
  const budgets = await readBudgets(session, namespace)
  return workloads.flatMap((workload) => {
    const away = takenAway(workload)
    // One without pods was made just now, and nobody has counted yet.
    const counted = budgetsOf(workload, budgets).filter(({ status }) => status.expectedPods > 0)
    const tight = counted.find(({ status }) => status.expectedPods - status.desiredHealthy < away)
    if (away === 0 || tight === undefined) return []
    const { desiredHealthy, expectedPods } = tight.status
    return [
      errorFinding({
        code: 'disruption-budget',
        message: `${nameOf(workload)} takes ${count(away, 'pod')} away at a time when it restarts, and its budget ${tight.metadata.name} never allows that.`,
        cause: `The budget wants ${desiredHealthy} of ${count(expectedPods, 'pod')} to be healthy at all times.`,
        remedy: 'Let the rollout bring new pods first (maxUnavailable: 0), add a replica, or loosen the budget; then plan this again.',
        object: refOf(workload),
      }),
    ]
  })
}

const pollMs = 1_000

/** How long a restart may wait for a budget, and where it says so. */
interface Waiting {
  context: StepContext
  timeoutMs: number
}

/**
 * Waits until every budget of the workload can spare what its rollout takes away; answers whether there is such a budget. A
 * rollout itself asks no budget: only evictions do. Throws `disruption-budget` when the time is over.
 */
export async function waitForBudgets(session: ClusterSession, workload: KubeObject, { context, timeoutMs }: Waiting): Promise<boolean> {
  const away = takenAway(workload)
  const { namespace = '' } = workload.metadata
  const until = Math.min(context.deadline, Date.now() + timeoutMs)
  for (let told = ''; ; await sleep(pollMs, undefined, { signal: context.signal })) {
    const own = away === 0 ? [] : budgetsOf(workload, await readBudgets(session, namespace))
    const tight = own.find(({ status }) => status.disruptionsAllowed < away)
    if (tight === undefined) return own.length > 0
    const { name } = tight.metadata
    if (told !== name) context.log('info', `${nameOf(workload)} waits for its disruption budget ${name}`, { object: refOf(workload) })
    told = name
    if (Date.now() < until) continue
    throw new AdapterError('disruption-budget', `${nameOf(workload)} was not restarted: its disruption budget ${name} does not allow it.`, {
      cause: `A restart takes ${count(away, 'pod')} away at a time, and the budget allows ${tight.status.disruptionsAllowed}.`,
      remedy: 'Let the other pods of the budget get ready, or loosen it; then retry the operation.',
    })
  }
}
