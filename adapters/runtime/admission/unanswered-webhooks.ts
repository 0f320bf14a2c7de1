import type { KubeResource } from '../../../kube/discover-resources.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { ClusterSession } from '../cluster-session.js'
import { type AdmissionRequest, type AdmissionWebhook, findAdmissionWebhooks, meetsRequest } from './admission-webhooks.js'
import { labelsOfNamespace } from './namespace-labels.js'

/** What a dry run showed of a webhook that did not answer. */
export interface Unanswered {
  /** By its name: the API server tells no more. */
  name: string
  /** The API server's words, or ours. */
  cause: string
  /** It kept the API server waiting: nothing that it would be asked about is tried again. */
  isTimeout: boolean
}

const noted = new WeakMap<ClusterSession, Map<string, Unanswered>>()

/** What the dry runs of this session showed, by the names of webhooks. */
export function unansweredOf(session: ClusterSession): ReadonlyMap<string, Unanswered> {
  return noted.get(session) ?? new Map()
}

const timedOut = /deadline exceeded|timeout|timed out/i
const unreachable = /failed calling webhook "([^"]+)"/

/** Keeps the webhook that the API server says it could not ask, and answers its name; undefined when the refusal has another reason. */
export function noteUnreachable(session: ClusterSession, message: string): string | undefined {
  const name = unreachable.exec(message)?.[1]
  if (name !== undefined) note(session, { name, cause: message, isTimeout: timedOut.test(message.replace(/\?timeout=\w+/, '')) })
  return name
}

function note(session: ClusterSession, found: Unanswered): void {
  const known = noted.get(session) ?? new Map<string, Unanswered>()
  noted.set(session, known)
  if (known.get(found.name)?.isTimeout !== true) known.set(found.name, found)
}

/** One request that is going to be tried. */
export interface Trial {
  operation: AdmissionRequest['operation']
  object: KubeObject
  resource: KubeResource
}

/** The webhook on which this request would wait in vain, as another one did before: of six dry runs at once each may wait half a minute. */
export async function slowWebhookFor(session: ClusterSession, trial: Trial): Promise<AdmissionWebhook | undefined> {
  const slow = [...unansweredOf(session).values()].filter(({ isTimeout }) => isTimeout).map(({ name }) => name)
  if (slow.length === 0) return undefined
  return (await metBy(session, trial)).find(({ name }) => slow.includes(name))
}

/**
 * Keeps the fail-open webhooks whose whole time limit this request took: the API server waits for them, says nothing, and
 * goes on without an answer. The limits are whole seconds.
 */
export async function noteSlow(session: ClusterSession, trial: Trial, tookMs: number): Promise<void> {
  if (tookMs < 1_000) return
  for (const { name, failurePolicy, timeoutSeconds } of await metBy(session, trial)) {
    if (failurePolicy !== 'Ignore' || tookMs < timeoutSeconds * 1_000) continue
    note(session, { name, isTimeout: true, cause: `A dry run took all of the ${timeoutSeconds} s that the webhook has for its answer.` })
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
