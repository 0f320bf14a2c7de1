import type { Finding, PlannedObject } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { groupBy } from '../group-by.js'
import { nameOf, refOf } from '../manifests.js'
import { injectors } from '../other-meshes.js'
import { errorFinding, warningFinding } from '../plan-findings.js'
import { hasReadyEndpoint } from '../ready-endpoint.js'
import { someNames } from '../some-names.js'
import { whenForbidden } from '../when-forbidden.js'
import { type AdmissionWebhook, findAdmissionWebhooks, meetsRequest } from './admission-webhooks.js'
import { type PlannedRequest, plannedRequests } from './planned-requests.js'
import { type Unanswered, unansweredOf } from './unanswered-webhooks.js'

/** A webhook that nobody answers, with what of the plan it is asked about. */
interface Silent {
  webhook: AdmissionWebhook
  why: Pick<Unanswered, 'cause' | 'isTimeout'>
  requests: PlannedRequest[]
}

/**
 * Webhooks that stand in the way of a plan: they fail closed, are asked about what it writes or about the pods of its
 * workloads, and nobody answers. Those who are answered say themselves what they refuse, in the dry run.
 */
export async function unansweredFindings(session: ClusterSession, objects: readonly PlannedObject[]): Promise<Finding[]> {
  const webhooks = (await findAdmissionWebhooks(session)) ?? []
  if (webhooks.length === 0) return []
  const requests = await plannedRequests(session, objects)
  const met = webhooks
    .map((webhook) => ({
      webhook,
      requests: requests.filter((each) => meetsRequest(webhook, each) && !goesBefore(webhook, each, objects)),
    }))
    .filter((each) => each.requests.length > 0)
  const silent = await Promise.all(met.map(async (each) => ({ ...each, why: await whySilent(session, each.webhook) })))
  const found = silent.flatMap(({ why, ...each }) => (why ? [{ ...each, why }] : []))
  return [
    ...groupBy(found, ({ webhook, why }) => `${nameOf(webhook.configuration)} ${webhook.failurePolicy} ${why.isTimeout}`).values(),
  ].flatMap((group) => judge(group, objects))
}

/** helm takes webhooks away before everything else of a release, and our steps run in their order. */
function goesBefore({ configuration }: AdmissionWebhook, { step }: PlannedRequest, objects: readonly PlannedObject[]): boolean {
  const steps = [...new Set(objects.map((planned) => planned.step))]
  const going = objects.find(
    ({ object, afterYaml }) => afterYaml === '' && object?.kind === configuration.kind && object.name === configuration.metadata.name,
  )
  return going !== undefined && steps.indexOf(going.step) <= steps.indexOf(step)
}

/** What the dry runs showed comes first; else what the cluster says of the Service. A simulated cluster keeps no endpoints. */
async function whySilent(
  session: ClusterSession,
  { name, failurePolicy, clientConfig: { service } }: AdmissionWebhook,
): Promise<Silent['why'] | undefined> {
  const shown = unansweredOf(session).get(name)
  if (shown !== undefined) return shown
  if (failurePolicy !== 'Fail' || service === undefined || session.simulated) return undefined
  // Without the right to look, nothing is known.
  if (await whenForbidden(hasReadyEndpoint(session, service), true)) return undefined
  return { cause: `Service ${service.namespace}/${service.name} has no ready endpoint.`, isTimeout: false }
}

function judge(group: readonly Silent[], objects: readonly PlannedObject[]): Finding[] {
  const [first] = group
  if (first === undefined) return []
  const { webhook, why } = first
  const { configuration, failurePolicy, timeoutSeconds } = webhook
  const about = [...new Set(group.flatMap(({ requests }) => requests.map(({ name }) => name)))]
  const what = someNames(about)
  const closed = failurePolicy === 'Fail'
  // Match conditions are code that only the API server runs, and what this plan itself brings up may answer in time.
  const isSure = closed && group.some((each) => each.webhook.matchConditions.length === 0) && !isBrought(webhook, objects)
  const finding = isSure ? errorFinding : warningFinding
  const names = [...new Set(group.map((each) => each.webhook.name))].join(', ')
  const then = closed ? `it ${isSure ? 'refuses' : 'may refuse'} ${what}` : `each of these waits ${timeoutSeconds} s for it: ${what}`
  return [
    finding({
      code: why.isTimeout ? 'webhook-timed-out' : 'webhook-unanswered',
      message: `Nobody answers ${nameOf(configuration)}${why.isTimeout ? ' in time' : ''}: ${then}.`,
      cause: `${names} (failure policy ${failurePolicy}): ${why.cause}`,
      remedy: remedyFor(webhook),
      object: refOf(configuration),
    }),
  ]
}

function isBrought({ clientConfig: { service } }: AdmissionWebhook, objects: readonly PlannedObject[]): boolean {
  return objects.some(
    ({ object, afterYaml }) =>
      afterYaml !== '' && object?.kind === 'Service' && object.namespace === service?.namespace && object.name === service.name,
  )
}

function remedyFor({ configuration: { kind, metadata }, clientConfig: { service } }: AdmissionWebhook): string {
  const name = metadata.name ?? ''
  const who = service ? `Service ${service.namespace}/${service.name}` : 'whoever it calls'
  const mesh = injectors.find(({ webhooks }) => webhooks?.test(name))
  const away = mesh
    ? `Or take the webhooks of ${mesh.title} away by its rescue "Remove silent webhooks" (meshwright mesh run ${mesh.mesh} remove-webhooks), which exports them first.`
    : `Or, when nobody needs it any more, keep a copy and take it away: kubectl delete ${kind.toLowerCase()} ${name}.`
  return `Bring ${who} up again. ${away} Then plan again.`
}
