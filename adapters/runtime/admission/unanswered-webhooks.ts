import type { KubeResource } from '../../../kube/discover-resources.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { canonicalJson } from '../canonical-json.js'
import type { ClusterSession } from '../cluster-session.js'
import { nameOf } from '../manifests.js'
import { type AdmissionRequest, type AdmissionWebhook, findAdmissionWebhooks, meetsRequest } from './admission-webhooks.js'
import { labelsOfNamespace } from './namespace-labels.js'

/** What a dry run showed of a webhook that did not answer. */
export interface Unanswered {
  /** The API server's words, or ours. */
  cause: string
  /** It kept the API server waiting: nothing that it would be asked about is tried again. */
  isTimeout: boolean
  /** The API server tells no more than a name: false when the request was for several configurations that have one of it. */
  isCertain: boolean
}

const noted = new WeakMap<ClusterSession, Map<string, Unanswered>>()

/** What the dry runs of this session showed of a webhook. */
export function unansweredOf(session: ClusterSession, webhook: AdmissionWebhook): Unanswered | undefined {
  return noted.get(session)?.get(keyOf(webhook))
}

function keyOf({ name, configuration }: AdmissionWebhook): string {
  return `${nameOf(configuration)}/${name}`
}

const timedOut = /deadline exceeded|timeout|timed out/i
const unreachable = /failed calling webhook "([^"]+)"/

/** Keeps the webhook that the API server says it could not ask, and answers its name; undefined when the refusal has another reason. */
export async function noteUnreachable(session: ClusterSession, trial: Trial, message: string): Promise<string | undefined> {
  const name = unreachable.exec(message)?.[1]
  if (name === undefined) return undefined
  const bearers = (await metBy(session, trial)).filter((webhook) => webhook.name === name)
  const isTimeout = timedOut.test(message.replace(/\?timeout=\w+/, ''))
  for (const webhook of bearers) note(session, webhook, { cause: message, isTimeout, isCertain: bearers.length === 1 })
  return name
}

function note(session: ClusterSession, webhook: AdmissionWebhook, found: Unanswered): void {
  const known = noted.get(session) ?? new Map<string, Unanswered>()
  noted.set(session, known)
  const before = known.get(keyOf(webhook))
  const isWorse = before === undefined || (found.isTimeout && !before.isTimeout) || (found.isCertain && !before.isCertain)
  if (isWorse) known.set(keyOf(webhook), found)
}

/** One request that is going to be tried. */
export interface Trial {
  operation: AdmissionRequest['operation']
  object: KubeObject
  resource: KubeResource
}

/** The webhook on which this request would wait in vain, as another one did before: of six dry runs at once each may wait half a minute. */
export async function slowWebhookFor(session: ClusterSession, trial: Trial): Promise<AdmissionWebhook | undefined> {
  if (!noted.has(session)) return undefined
  return (await metBy(session, trial)).find((webhook) => {
    const shown = unansweredOf(session, webhook)
    return shown?.isTimeout === true && shown.isCertain
  })
}

/**
 * Keeps the fail-open webhook whose whole time limit this request took: the API server waits for it, says nothing, and goes
 * on without an answer. The limits are whole seconds. Where several may have been waited for, which one is not known unless
 * all of them call the same.
 */
export async function noteSlow(session: ClusterSession, trial: Trial, tookMs: number): Promise<void> {
  if (tookMs < 1_000) return
  const met = await metBy(session, trial)
  const slow = met.filter(({ failurePolicy, timeoutSeconds }) => failurePolicy === 'Ignore' && tookMs >= timeoutSeconds * 1_000)
  if (new Set(slow.map(({ clientConfig: { service, url } }) => canonicalJson(service ?? url))).size > 1) return
  for (const webhook of slow) {
    const cause = `A dry run took all of the ${webhook.timeoutSeconds} s that the webhook has for its answer.`
    note(session, webhook, { cause, isTimeout: true, isCertain: true })
  }
}

async function metBy(session: ClusterSession, { operation, object, resource }: Trial): Promise<AdmissionWebhook[]> {
  const [webhooks = [], namespaceLabels] = await Promise.all([
    findAdmissionWebhooks(session),
    labelsOfNamespace(session, object, resource.namespaced),
  ])
  return webhooks.filter((webhook) =>
    meetsRequest(webhook, { operation, resource, labels: () => object.metadata.labels ?? {}, namespaceLabels }),
  )
}
