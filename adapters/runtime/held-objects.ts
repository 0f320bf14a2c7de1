import type { KubeObject } from '../../kube/kube-object.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { mapAtOnce } from './map-at-once.js'
import { notOver, ruleFor } from './pod-belonging.js'
import { whenForbidden } from './when-forbidden.js'
import { readinessOf } from './workload-readiness.js'

type Finalizer = Catalog['finalizers'][number]

/** An object of the mesh's own kinds that is being deleted, with what it waits for; metadata only. */
export interface HeldObject {
  object: KubeObject
  /** Those that the catalogue knows; empty when it waits for others alone. */
  own: Finalizer[]
  others: string[]
}

/** What waits, and the kinds that may not be read. */
export interface Held {
  objects: HeldObject[]
  hidden: string[]
}

const listedAtOnce = 4

/** Every object of the mesh's own kinds that is being deleted and still there, whichever installation it was of. */
export async function findHeld(session: ClusterSession, { customResources, finalizers }: Catalog): Promise<Held> {
  const own = new Set(customResources)
  const kinds = (await session.resources()).filter(({ group, plural, preferred }) => preferred && own.has(`${plural}.${group}`))
  const lists = await mapAtOnce(listedAtOnce, kinds, (kind) => whenForbidden(session.list(kind, { metadataOnly: true }), null))
  const deleted = lists.flatMap((list) => list ?? []).filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
  return {
    objects: deleted.map((object) => ({
      object,
      own: finalizers.filter(({ finalizer }) => object.metadata.finalizers?.includes(finalizer)),
      others: othersThan(finalizers, object),
    })),
    hidden: kinds.filter((_kind, index) => lists[index] === null).map(({ plural, group }) => `${plural}.${group}`),
  }
}

/** The finalizers of an object that the catalogue does not name. */
export function othersThan(finalizers: readonly Finalizer[], { metadata }: KubeObject): string[] {
  return (metadata.finalizers ?? []).filter((name) => finalizers.every(({ finalizer }) => finalizer !== name))
}

/** Who would take finalizers off: every pod that bears the labels of its component, in any namespace. */
export interface Controller {
  component: string
  labelSelector: string
  ready: KubeObject[]
  /** There, and not ready: they may come up. */
  unready: KubeObject[]
}

/** Undefined when pods may not be listed: then nothing is known of them. */
export async function findControllers(
  session: ClusterSession,
  catalog: Catalog,
  components: readonly string[],
): Promise<Controller[] | undefined> {
  const found = await Promise.all([...new Set(components)].map((component) => findController(session, catalog, component)))
  return found.every((controller) => controller !== null) ? found : undefined
}

async function findController(session: ClusterSession, catalog: Catalog, component: string): Promise<Controller | null> {
  const rules = catalog.discoveryRules.filter((rule) => rule.component === component)
  const selectors = rules.map(({ labels }) => labels.map(requirement).join(','))
  const selection = (labelSelector: string) => ({ labelSelector, fieldSelector: notOver })
  const list = (labelSelector: string) => session.list({ apiVersion: 'v1', kind: 'Pod' }, selection(labelSelector))
  const pods = await whenForbidden(Promise.all(selectors.map(list)), null)
  if (pods === null) return null
  const own = pods.flat().filter(({ metadata }) => ruleFor(catalog, metadata.labels)?.component === component)
  const ready = own.filter((pod) => readinessOf(pod).ready)
  return { component, labelSelector: selectors.join(' or '), ready, unready: own.filter((pod) => !ready.includes(pod)) }
}

function requirement({ key, values }: { key: string; values: readonly string[] }): string {
  if (values.length === 0) return key
  return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`
}
