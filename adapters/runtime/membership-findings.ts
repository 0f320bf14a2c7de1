import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { foreignMarks } from './foreign-marks.js'
import { nameOf, refOf } from './manifests.js'
import { injectorsAfter, type Place, type PlaceOptions } from './membership-places.js'
import { isAsWished } from './membership-pods.js'
import { errorFinding, warningFinding } from './plan-findings.js'
import { count, toRoll } from './roll-namespace-step.js'
import { readinessOf } from './workload-readiness.js'

/** For a namespace that is not there. */
export function absentFinding(name: string): Finding {
  return errorFinding({ code: 'namespace-absent', message: `There is no namespace ${name}.`, remedy: 'Name namespaces that exist.' })
}

const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease']

/** What refuses the change of a namespace: it belongs to Kubernetes or to a control plane, or to another mesh already. */
export function namespaceFindings(catalog: Catalog, { name, namespace }: Place, { wish, webhooks = [] }: PlaceOptions): Finding[] {
  const object = refOf(namespace)
  const planes = new Set([catalog.namespace, ...webhooks.flatMap(({ service }) => service?.namespace ?? [])])
  const whose = systemNamespaces.includes(name) ? 'Kubernetes itself' : planes.has(name) ? 'the control plane of a mesh' : undefined
  const reserved = errorFinding({
    code: 'namespace-reserved',
    message: `Namespace ${name} belongs to ${whose}: its pods are no members, and are not restarted for one.`,
    cause: 'What the proxies and the injector need to start must not wait for them.',
    remedy: 'Leave this namespace out.',
    object,
  })
  const others = wish.to === 'join' ? foreignMarks(catalog.mesh, namespace) : []
  const foreign = others.map(({ mesh, title, mark }) =>
    errorFinding({
      code: 'two-injectors',
      message: `Namespace ${name} asks for ${title} already: ${mark}.`,
      cause: 'Two injectors put two proxies into each pod, and both redirect the same traffic.',
      remedy: `Migrate it: let it leave ${title} first (meshwright mesh leave ${mesh} ${name}), then plan this again.`,
      object,
    }),
  )
  return [...(whose === undefined ? [] : [reserved]), ...foreign]
}

/** A join that nobody would act on: without an injector that selects the namespace, its pods stay as they are. */
export function injectorFindings(catalog: Catalog, places: readonly Place[], options: PlaceOptions & { restart: boolean }): Finding[] {
  const { wish, webhooks, restart } = options
  if (wish.to === 'leave' || wish.mode !== 'sidecar') return []
  if (webhooks === undefined) {
    return [
      warningFinding({
        code: 'injectors-unknown',
        message: `Whether an injector of ${catalog.title} takes these namespaces in cannot be seen.`,
        cause: 'The cluster connection may not list mutating webhooks.',
      }),
    ]
  }
  const finding = restart ? errorFinding : warningFinding
  return places
    .filter(({ namespace }) => injectorsAfter(catalog, namespace, options).length === 0)
    .map(({ name, namespace }) =>
      finding({
        code: 'no-injector',
        message: `No injector of ${catalog.title} would take pods of ${name} in${wish.revision ? ` for the revision ${wish.revision}` : ''}.`,
        cause: 'No mutating webhook of it selects a namespace with this mark.',
        remedy: wish.revision
          ? 'Name a revision, or a tag, that is there.'
          : `Install ${catalog.title} first, or name the revision that is installed.`,
        object: refOf(namespace),
      }),
    )
}

/** Pods that would have to be new, and that no rollout replaces. */
export function looseFindings(catalog: Catalog, { name, applications, expected }: Place): Finding[] {
  const left = applications.loose.filter(({ pod }) => !isAsWished(catalog, pod, expected))
  if (left.length === 0) return []
  return [
    warningFinding({
      code: 'not-restarted',
      message: `${count(left.length, 'pod')} of ${name} will not be restarted and ${left.length === 1 ? 'stays' : 'stay'} as ${left.length === 1 ? 'it is' : 'they are'}.`,
      cause: `${left
        .slice(0, listed)
        .map(({ pod, why }) => `${pod.metadata.name} ${why}`)
        .join('; ')}${left.length > listed ? `; and ${left.length - listed} more` : ''}.`,
      remedy: 'Make them anew yourself when it suits.',
      ...(left[0] ? { object: refOf(left[0].pod) } : {}),
    }),
  ]
}

/** Workloads that are not ready as they are: their restart will not end either, and the step waits for it in vain. */
export function unreadyFindings(catalog: Catalog, { applications, expected }: Place): Finding[] {
  return toRoll(catalog, applications, expected)
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

const listed = 10

/** One text for all restarts of a plan: how much, where, and what is away meanwhile. */
export function confirmRestart(catalog: Catalog, places: readonly Place[]): Confirmation[] {
  const rolls = places.map(({ name, applications, expected }) => {
    const workloads = toRoll(catalog, applications, expected)
    const pods = applications.workloads.filter(({ workload }) => workloads.includes(workload)).flatMap((each) => each.pods)
    return { name, workloads, pods }
  })
  const workloads = rolls.flatMap((roll) => roll.workloads)
  if (workloads.length === 0) return []
  const pods = rolls.flatMap((roll) => roll.pods).length
  const where = rolls
    .filter((roll) => roll.workloads.length > 0)
    .map((roll) => `${roll.name}: ${count(roll.workloads.length, 'workload')}, ${count(roll.pods.length, 'pod')}`)
  const away = workloads.filter(isAwayMeanwhile)
  const gap =
    away.length === 0
      ? ''
      : ` ${away.slice(0, listed).map(nameOf).join(', ')}${away.length > listed ? ` and ${away.length - listed} more` : ''} ${away.length === 1 ? 'does' : 'do'} not answer while the one pod is replaced.`
  const text = `${count(workloads.length, 'workload')} with ${count(pods, 'pod')} will be restarted (${where.join('; ')}), one namespace after the other, each by its own rollout settings.${gap}`
  return [{ code: 'restart-workloads', text, destructive: false, objects: workloads.map(refOf).slice(0, 200) }]
}

// A Deployment brings the new pod before it takes the old one away, unless it is told to recreate it.
function isAwayMeanwhile({ kind, spec }: KubeObject): boolean {
  const { replicas = 1, strategy } = (spec ?? {}) as { replicas?: number; strategy?: { type?: string } }
  if (kind === 'Deployment') return strategy?.type === 'Recreate'
  return kind === 'StatefulSet' && replicas === 1
}
