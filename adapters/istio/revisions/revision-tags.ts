import type { KubeObject } from '../../../kube/kube-object.js'
import type { Place } from '../../runtime/chart-mesh.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { findInjectorWebhooks } from '../../runtime/injector-webhooks.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { istioCatalog } from '../istio-catalog.js'

const tagLabel = 'istio.io/tag'
export const revisionKey = 'istio.io/rev'

const webhooks = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' }
const services = { apiVersion: 'v1', kind: 'Service' }

/** A stable name that namespaces can ask for instead of a revision, and the webhook that makes it so. */
export interface RevisionTag {
  tag: string
  revision: string
  webhook: KubeObject
  /** The helm release that holds the webhook; missing for one that stands alone, as ours and istioctl's do. */
  release?: string
}

/** Every tag of the cluster. Throws KubeError 403 where webhooks may not be listed: a tag that is not seen is no reason to act. */
export async function findTags(session: ClusterSession): Promise<RevisionTag[]> {
  const found = await session.list(webhooks, { labelSelector: tagLabel, metadataOnly: true })
  return found.map((webhook) => {
    const { labels = {}, annotations = {} } = webhook.metadata
    const release = annotations['meta.helm.sh/release-name']
    return { tag: labels[tagLabel] ?? '', revision: labels[revisionKey] ?? '', webhook, ...(release ? { release } : {}) }
  })
}

/**
 * What tags that point at a revision left in the cluster outside of any release: the webhooks first, because one of them
 * without its control plane refuses every new pod of the namespaces that ask for the tag.
 */
export async function objectsOfTags(session: ClusterSession, { namespace, revision }: Place): Promise<KubeObject[]> {
  const labelSelector = `${tagLabel},${revisionKey}=${revision}`
  const of = (kind: { apiVersion: string; kind: string }, more: object) => whenForbidden(session.list(kind, { labelSelector, ...more }), [])
  const [hooks, served] = await Promise.all([of(webhooks, {}), of(services, { namespace, metadataOnly: true })])
  const isHere = (hook: KubeObject) => serviceOf(hook)?.namespace === namespace
  return [...hooks.filter(isHere), ...served].filter(({ metadata }) => !metadata.annotations?.['meta.helm.sh/release-name'])
}

function serviceOf(configuration: KubeObject): { namespace: string } | undefined {
  const { webhooks: hooks = [] } = configuration as { webhooks?: { clientConfig?: { service?: { namespace: string } } }[] }
  return hooks[0]?.clientConfig?.service
}

/** The authority that a revision's own injector is trusted by; undefined when it has no injector or that one is not ready. */
export async function authorityOf(session: ClusterSession, { namespace, revision }: Place): Promise<string | undefined> {
  const injectors = (await findInjectorWebhooks(session)) ?? []
  const own = injectors.find(
    ({ mesh, clientConfig: { service }, configuration: { metadata } }) =>
      mesh === istioCatalog.mesh &&
      service?.namespace === namespace &&
      metadata.labels?.[revisionKey] === revision &&
      metadata.labels[tagLabel] === undefined,
  )
  return own?.clientConfig.caBundle || undefined
}

/** The objects of a tag out of what the chart makes of it: without helm's marks, because no release of them is kept. */
export function ownObjects(rendered: readonly KubeObject[], { tag, caBundle }: { tag: string; caBundle: string }): KubeObject[] {
  return rendered
    .filter(({ metadata }) => metadata.labels?.[tagLabel] === tag)
    .map((object) => {
      const { annotations: _helm, labels = {}, ...metadata } = object.metadata
      const own = Object.entries(labels).filter(([key]) => !helmLabels.includes(key))
      const marked = { ...metadata, labels: { ...Object.fromEntries(own), 'app.kubernetes.io/managed-by': 'meshwright' } }
      return { ...object, metadata: marked, ...trusting(object, caBundle) }
    })
}

const helmLabels = ['app.kubernetes.io/managed-by', 'helm.sh/chart', 'release']

// As istioctl does: a webhook without an authority refuses every pod until istiod has seen it.
function trusting(object: KubeObject, caBundle: string): object {
  const { webhooks: hooks } = object as { webhooks?: { clientConfig?: object }[] }
  return hooks ? { webhooks: hooks.map((hook) => ({ ...hook, clientConfig: { ...hook.clientConfig, caBundle } })) } : {}
}
