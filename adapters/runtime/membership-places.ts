import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import { type InjectorWebhook, isAsked } from './injector-webhooks.js'
import { markChange, revisionMark, type Wish } from './membership-marks.js'
import { type Expectation, type NamespaceApplications, readApplications } from './membership-pods.js'
import type { Scene } from './mesh-adapter.js'

/** A namespace with everything that decides what happens to it. */
export interface Place {
  name: string
  namespace: KubeObject
  applications: NamespaceApplications
  expected: Expectation
}

/** `webhooks` is undefined where the connection may not see them. */
export interface PlaceOptions {
  wish: Wish
  webhooks: readonly InjectorWebhook[] | undefined
}

/** Reads a namespace and what runs in it; undefined when it is not there. */
export async function lookAtPlace(
  { session }: Scene,
  catalog: Catalog,
  { name, ...options }: PlaceOptions & { name: string },
): Promise<Place | undefined> {
  const namespace = await session.get({ apiVersion: 'v1', kind: 'Namespace', name })
  if (namespace === undefined) return undefined
  return placeOf(catalog, { namespace, applications: await readApplications(session, catalog, name) }, options)
}

/** The same of a namespace that is yet to be made: nothing runs in it. */
export function placeToBe(catalog: Catalog, { name, ...options }: PlaceOptions & { name: string }): Place {
  const metadata = { name, labels: { 'kubernetes.io/metadata.name': name } }
  return placeOf(
    catalog,
    { namespace: { apiVersion: 'v1', kind: 'Namespace', metadata }, applications: { workloads: [], loose: [] } },
    options,
  )
}

function placeOf(catalog: Catalog, found: Pick<Place, 'namespace' | 'applications'>, options: PlaceOptions): Place {
  const { namespace } = found
  const expected = { wish: options.wish, revision: revisionAfter(catalog, namespace, options) }
  return { name: namespace.metadata.name ?? '', ...found, expected }
}

/** The mesh's own webhooks that will be asked for a plain pod once the namespace is marked as wished. */
export function injectorsAfter(catalog: Catalog, namespace: KubeObject, { wish, webhooks = [] }: PlaceOptions): InjectorWebhook[] {
  const { labels = {} } = markChange(catalog, { scope: 'namespace', metadata: namespace.metadata }, wish) ?? {}
  const kept = Object.entries({ ...namespace.metadata.labels, ...labels }).flatMap(([key, value]) => (value === null ? [] : [[key, value]]))
  const after = { namespace: Object.fromEntries(kept), pod: {} }
  return webhooks.filter((webhook) => webhook.mesh === catalog.mesh && isAsked(webhook, after))
}

// A tag stands for a revision, and the webhook that will be asked carries the revision's own name.
function revisionAfter(catalog: Catalog, namespace: KubeObject, options: PlaceOptions): string | undefined {
  const key = revisionMark(catalog)?.key
  const [injector] = injectorsAfter(catalog, namespace, options)
  return key === undefined ? undefined : injector?.configuration.metadata.labels?.[key]
}
