import type { Finding, PlannedObject } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { groupBy } from '../group-by.js'
import { nameOf, refOf } from '../manifests.js'
import { errorFinding, warningFinding } from '../plan-findings.js'
import { hasReadyEndpoint } from '../ready-endpoint.js'
import { someNames } from '../some-names.js'
import { whenForbidden } from '../when-forbidden.js'
import { type AdmissionWebhook, findAdmissionWebhooks, meetsRequest } from './admission-webhooks.js'
import { type PlannedRequest, plannedRequests } from './planned-requests.js'
import { type Unanswered, unansweredOf } from './unanswered-webhooks.js'
import { wayAway } from './webhook-remedy.js'

/** A webhook that nobody answers, with what of the plan it is asked about. */
interface Silent {
  webhook: AdmissionWebhook
  why: Unanswered
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
  const groups = groupBy(
    found,
    ({ webhook, why }) => `${nameOf(webhook.configuration)} ${webhook.failurePolicy} ${why.isTimeout} ${why.isCertain}`,
  )
  const judged = await Promise.all([...groups.values()].map((group) => judge(session, group, objects)))
  return judged.flat()
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
async function whySilent(session: ClusterSession, webhook: AdmissionWebhook): Promise<Unanswered | undefined> {
  const {
    failurePolicy,
    clientConfig: { service },
  } = webhook
  const shown = unansweredOf(session, webhook)
  if (shown?.isCertain) return shown
  if (failurePolicy !== 'Fail' || service === undefined || session.simulated) return shown
  // Without the right to look, nothing is known.
  if (await whenForbidden(hasReadyEndpoint(session, service), true)) return shown
  return { cause: `Service ${service.namespace}/${service.name} has no ready endpoint.`, isTimeout: false, isCertain: true }
}

async function judge(session: ClusterSession, group: readonly Silent[], objects: readonly PlannedObject[]): Promise<Finding[]> {
  const [first] = group
  if (first === undefined) return []
  const { webhook, why } = first
  const {
    configuration,
    failurePolicy,
    timeoutSeconds,
    clientConfig: { service },
  } = webhook
  const about = [...new Set(group.flatMap(({ requests }) => requests.map(({ name }) => name)))]
  const what = someNames(about)
  const closed = failurePolicy === 'Fail'
  // Match conditions are code that only the API server runs, and what this plan itself brings up may answer in time.
  const isSure = closed && why.isCertain && group.some((each) => each.webhook.matchConditions.length === 0) && !isBrought(webhook, objects)
  const finding = isSure ? errorFinding : warningFinding
  const names = [...new Set(group.map((each) => each.webhook.name))].join(', ')
  const then = closed ? `it ${isSure ? 'refuses' : 'may refuse'} ${what}` : `each of these waits ${timeoutSeconds} s for it: ${what}`
  return [
    finding({
      code: why.isTimeout ? 'webhook-timed-out' : 'webhook-unanswered',
      message: `${why.isCertain ? 'Nobody answers' : 'It may be that nobody answers'} ${nameOf(configuration)}${why.isTimeout ? ' in time' : ''}: ${then}.`,
      cause: `${names} (failure policy ${failurePolicy}): ${why.cause}${why.isCertain ? '' : ' Another configuration has a webhook of this name, and it may be that one.'}`,
      remedy: `Bring ${service ? `Service ${service.namespace}/${service.name}` : 'whoever it calls'} up again. ${await wayAway(session, configuration)} Then plan again.`,
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
