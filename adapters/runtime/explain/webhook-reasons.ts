import { unmetTerm } from '../../../kube/label-selector.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { foreignMarks } from '../foreign-marks.js'
import { groupBy } from '../group-by.js'
import { type InjectorWebhook, isAsked } from '../injector-webhooks.js'
import { refOf } from '../manifests.js'
import { errorFinding, infoFinding, warningFinding } from '../plan-findings.js'
import { hasReadyEndpoint } from '../ready-endpoint.js'
import { whenForbidden } from '../when-forbidden.js'
import { askOf, type ExplainedPod } from './explained-pod.js'

/** Which injectors of this mesh the API server asks about the next pod, and by which term of its selector it does not ask the others. */
export function webhookReasons(catalog: Catalog, explained: ExplainedPod, webhooks: readonly InjectorWebhook[] | undefined): Finding[] {
  if (askOf(explained)?.mark.mode === 'ambient') {
    const message = 'Ambient members are taken in by their node, as they run: no webhook is asked, and no restart is needed.'
    return [infoFinding({ code: 'ambient', message })]
  }
  if (webhooks === undefined) {
    const message = `Whether an injector of ${catalog.title} is asked cannot be seen.`
    return [warningFinding({ code: 'injectors-unknown', message, cause: 'The cluster connection may not list mutating webhooks.' })]
  }
  const own = webhooks.filter(({ mesh }) => mesh === catalog.mesh)
  if (own.length === 0) {
    return [
      warningFinding({
        code: 'no-injector',
        message: `There is no injector of ${catalog.title} in this cluster.`,
        cause: 'No MutatingWebhookConfiguration carries its name.',
        remedy: `Install ${catalog.title} first.`,
      }),
    ]
  }
  const labels = labelsOf(explained)
  return [...own.filter((each) => isAsked(each, labels)).map(asked), ...notAsked(catalog, explained, own)]
}

/** Of every mesh: who is asked, is there, and what happens when not. A simulated cluster keeps no endpoints. */
export async function backendReasons(
  session: ClusterSession,
  explained: ExplainedPod,
  webhooks: readonly InjectorWebhook[] = [],
): Promise<Finding[]> {
  if (session.simulated) return []
  const labels = labelsOf(explained)
  const services = groupBy(
    webhooks.filter((each) => isAsked(each, labels)),
    ({ clientConfig: { service } }) => (service ? `${service.namespace}/${service.name}` : ''),
  )
  return Promise.all([...services].map(([name, asking]) => judgeBackend(session, name, asking)))
}

function labelsOf({ namespace, next }: ExplainedPod) {
  return { namespace: namespace.metadata.labels ?? {}, pod: next.metadata.labels ?? {} }
}

function asked({ name, configuration, failurePolicy }: InjectorWebhook): Finding {
  return infoFinding({
    code: 'webhook-asked',
    message: `The API server asks webhook ${name} about such a pod.`,
    cause: `Its selectors fit namespace and pod; its failure policy is ${failurePolicy}.`,
    object: refOf(configuration),
  })
}

/** One sentence for all of a configuration: a mesh has a webhook for each way of asking, and one that fits is enough. */
function notAsked(catalog: Catalog, explained: ExplainedPod, own: readonly InjectorWebhook[]): Finding[] {
  const labels = labelsOf(explained)
  const isServed = own.some((each) => isAsked(each, labels))
  const finding = !isServed && askOf(explained)?.answer === 'in' ? warningFinding : infoFinding
  // Two meshes are no way out.
  const isTaken = foreignMarks(catalog.mesh, explained.namespace).length > 0
  const left = own.filter((each) => !isAsked(each, labels))
  return [...groupBy(left, ({ configuration }) => configuration.metadata.name ?? '')].flatMap(([name, webhooks]) => {
    const [first] = webhooks
    if (first === undefined) return []
    const whose = isServed ? `The other webhooks of ${name} are` : `No webhook of ${name} is`
    return finding({
      code: 'webhook-not-asked',
      message: isServed ? `${whose} not asked about it.` : `${whose} asked about such a pod.`,
      cause: `${webhooks.map((each) => `${each.name}: ${whyNot(each, explained)}`).join('; ')}.`,
      ...(isServed || isTaken
        ? {}
        : { remedy: `If it is to be in the mesh: meshwright mesh join ${catalog.mesh} ${explained.namespace.metadata.name}` }),
      object: refOf(first.configuration),
    })
  })
}

function whyNot({ namespaceSelector, objectSelector }: InjectorWebhook, explained: ExplainedPod): string {
  const { namespace, pod } = labelsOf(explained)
  return (
    unmetTerm(namespaceSelector, { labels: namespace, of: `namespace ${explained.namespace.metadata.name}` }) ??
    unmetTerm(objectSelector, { labels: pod, of: 'the pod' }) ??
    'its selectors fit'
  )
}

async function judgeBackend(session: ClusterSession, service: string, asking: readonly InjectorWebhook[]): Promise<Finding> {
  const names = asking.map(({ name }) => name).join(', ')
  const [backend] = asking.flatMap(({ clientConfig: { service } }) => service ?? [])
  if (backend === undefined) return infoFinding({ code: 'backend-outside', message: `Whoever answers ${names} is outside of the cluster.` })
  const lives = await whenForbidden(hasReadyEndpoint(session, backend), undefined)
  if (lives === undefined) {
    const cause = `The cluster connection may not list endpoint slices in ${backend.namespace}.`
    return warningFinding({ code: 'backend-unknown', message: `Whether anybody answers ${names} cannot be seen.`, cause })
  }
  const cause = `Service ${service} has ${lives ? 'a' : 'no'} ready endpoint.`
  if (lives) return infoFinding({ code: 'backend-answers', message: `Somebody is there to answer ${names}.`, cause })
  const closed = asking.some(({ failurePolicy }) => failurePolicy === 'Fail')
  const finding = closed ? errorFinding : warningFinding
  return finding({
    code: 'backend-away',
    message: `Nobody is there to answer ${names}: ${closed ? 'new pods are refused (failure policy Fail)' : 'new pods start without a sidecar (failure policy Ignore)'}.`,
    cause,
    remedy: 'Bring the control plane up again.',
  })
}
