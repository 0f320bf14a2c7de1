import type { KubeObject, ManagedFields } from '../kube-object.js'
import type { ObjectStore } from '../object-store.js'
import type { ResourceCatalog } from '../resource-catalog.js'
import type { ResourceType } from '../resource-types.js'
import { notFound } from '../status-error.js'
import { subjectOf, type Target } from './target.js'

export interface WriteOptions {
  manager: string
  dryRun?: boolean
  /** Server-side apply only: takes fields that somebody else owns. */
  force?: boolean
  subresource?: '' | 'status'
  validation?: 'Strict' | 'Warn' | 'Ignore'
  /** Texts for the Warning headers are put here. */
  warnings?: string[]
}

export type OwnedWrite = WriteOptions & { managedFields: ManagedFields[] }

/** Changes an object on its way in, as an admission webhook does. */
export type Admission = (resource: ResourceType, object: KubeObject) => KubeObject

/** What each kind of write works with. */
export interface WriteContext {
  store: ObjectStore
  catalog: ResourceCatalog
  admissions: Set<Admission>
  /** The next free address of a Service. */
  allocateClusterIp(): string
  /** Now, as metadata has it: RFC 3339 with seconds. */
  time(): string
}

/** The object there, or 404. */
export function existing({ store }: WriteContext, target: Target): KubeObject {
  const live = store.get(target.resource, target.namespace, target.name)
  if (!live) throw notFound(subjectOf(target))
  return live
}
