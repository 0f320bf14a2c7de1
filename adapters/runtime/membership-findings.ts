import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { refOf } from './manifests.js'
import { injectorsAfter, type Place, type PlaceOptions } from './membership-places.js'
import { isAsWished } from './membership-pods.js'
import { otherInjectors } from './other-injectors.js'
import { errorFinding, warningFinding } from './plan-findings.js'
import { confirmRolls, looseFinding, notReadyFindings } from './roll-findings.js'
import { toRoll } from './roll-namespace-step.js'

/** For a namespace that is not there. */
export function absentFinding(name: string): Finding {
  return errorFinding({ code: 'namespace-absent', message: `There is no namespace ${name}.`, remedy: 'Name namespaces that exist.' })
}

const systemNamespaces = ['kube-system', 'kube-public', 'kube-node-lease']

/** What refuses the change of a namespace: it belongs to Kubernetes or to a control plane, or it or what runs in it is of another mesh already. */
export function namespaceFindings(catalog: Catalog, place: Place, { wish, webhooks = [] }: PlaceOptions): Finding[] {
  const { name, namespace } = place
  const object = refOf(namespace)
  const planes = new Set([catalog.namespace, ...webhooks.flatMap(({ clientConfig: { service } }) => service?.namespace ?? [])])
  const whose = systemNamespaces.includes(name) ? 'Kubernetes itself' : planes.has(name) ? 'the control plane of a mesh' : undefined
  const reserved = errorFinding({
    code: 'namespace-reserved',
    message: `Namespace ${name} belongs to ${whose}: its pods are no members, and are not restarted for one.`,
    cause: 'What the proxies and the injector need to start must not wait for them.',
    remedy: 'Leave this namespace out.',
    object,
  })
  const foreign = wish.to === 'join' ? otherInjectors(catalog, place) : []
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
  return looseFinding(
    name,
    applications.loose.filter(({ pod }) => !isAsWished(catalog, pod, expected)),
  )
}

/** Workloads that are not ready as they are: their restart will not end either, and the step waits for it in vain. */
export function unreadyFindings(catalog: Catalog, { applications, expected }: Place): Finding[] {
  return notReadyFindings(toRoll(catalog, applications, expected))
}

/** One text for all restarts of a plan: how much, where, and what is away meanwhile. */
export function confirmRestart(catalog: Catalog, places: readonly Place[]): Confirmation[] {
  const rolls = places.map(({ name, applications, expected }) => {
    const workloads = toRoll(catalog, applications, expected)
    const pods = applications.workloads.filter(({ workload }) => workloads.includes(workload)).flatMap((each) => each.pods)
    return { name, workloads, pods: pods.length }
  })
  return confirmRolls(rolls)
}
