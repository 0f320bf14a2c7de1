import type { KubeObject } from '../../../kube/kube-object.js'
import { matchesLabels } from '../../../kube/label-selector.js'
import type { ClusterSession } from '../cluster-session.js'
import { whenForbidden } from '../when-forbidden.js'
import { type Webhook, type WebhookRule, webhookKinds, webhooksOf } from './webhook-configuration.js'

/** A webhook that the API server asks about requests, whoever it belongs to. */
export interface AdmissionWebhook extends Webhook {
  configuration: KubeObject
}

/** What is asked of the API server, as far as webhooks select by it. */
export interface AdmissionRequest {
  operation: 'CREATE' | 'UPDATE' | 'DELETE'
  resource: { group: string; version: string; plural: string; namespaced: boolean }
  /** Labels of the object; asked for only by webhooks that select by them. */
  labels(): Record<string, string>
  /** Labels of its namespace, or of the namespace that it is; undefined for other kinds of the whole cluster. */
  namespaceLabels: Record<string, string> | undefined
}

const read = new WeakMap<ClusterSession, Promise<AdmissionWebhook[] | undefined>>()

/** All webhooks of the cluster; undefined when they may not be listed. A session sees the cluster at one time. */
export function findAdmissionWebhooks(session: ClusterSession): Promise<AdmissionWebhook[] | undefined> {
  const found = read.get(session) ?? readWebhooks(session)
  read.set(session, found)
  found.catch(() => read.delete(session))
  return found
}

async function readWebhooks(session: ClusterSession): Promise<AdmissionWebhook[] | undefined> {
  const lists = webhookKinds.map((kind) => session.list(kind))
  const configurations = await whenForbidden(Promise.all(lists), undefined)
  return configurations?.flat().flatMap((configuration) => webhooksOf(configuration).map((webhook) => ({ ...webhook, configuration })))
}

/**
 * Whether the API server asks this webhook about a request, by its rules and selectors
 * (kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers). Match conditions are code and not looked at.
 */
export function meetsRequest(webhook: AdmissionWebhook, request: AdmissionRequest): boolean {
  const { namespaceSelector, objectSelector } = webhook
  const { resource, namespaceLabels } = request
  if (resource.group === admissionGroup && exempt.includes(resource.plural)) return false
  return (
    meetsRules(webhook, request) &&
    (namespaceLabels === undefined || matchesLabels(namespaceSelector, namespaceLabels)) &&
    (Object.keys(objectSelector ?? {}).length === 0 || matchesLabels(objectSelector, request.labels()))
  )
}

/** A new pod, as a request. */
export const newPod: Asked = { operation: 'CREATE', resource: { group: '', version: 'v1', plural: 'pods', namespaced: true } }

// Or else nobody could take a broken webhook away.
const admissionGroup = 'admissionregistration.k8s.io'
const exempt = [
  'mutatingwebhookconfigurations',
  'validatingwebhookconfigurations',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
]

/** By the rules alone, whatever the webhook selects by labels. */
export function meetsRules({ rules, matchPolicy }: Webhook, request: Asked): boolean {
  return rules.some((rule) => meetsRule(rule, request, matchPolicy === 'Exact'))
}

type Asked = Pick<AdmissionRequest, 'operation' | 'resource'>

function meetsRule(rule: WebhookRule, { operation, resource }: Asked, byVersion: boolean): boolean {
  const has = (values: readonly string[], value: string) => values.includes('*') || values.includes(value)
  return (
    has(rule.operations, operation) &&
    has(rule.apiGroups, resource.group) &&
    (!byVersion || has(rule.apiVersions, resource.version)) &&
    rule.resources.some((pattern) => namesResource(pattern, resource.plural)) &&
    (rule.scope === '*' || (rule.scope === 'Namespaced') === resource.namespaced)
  )
}

/** `pods`, `*` and `pods/*` name the resource itself; `pods/status` names only what hangs below it. */
function namesResource(pattern: string, plural: string): boolean {
  const [resource, subresource = ''] = pattern.split('/')
  return (resource === '*' || resource === plural) && (subresource === '' || subresource === '*')
}
