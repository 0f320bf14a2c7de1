import type { JsonMap } from './json.js'
import type { KubeObject } from './kube-object.js'
import { inVersion, metadataOnly, toList, toMetadataList } from './object-forms.js'
import type { ObjectList } from './read-objects.js'
import { wantsForm } from './request.js'
import type { ResourceType } from './resource-types.js'
import { toTable } from './table.js'

/** What a request gets: JSON, or plain text for logs and health. */
export interface Answer {
  status: number
  body: JsonMap | string
  headers?: Record<string, string>
}

/** In which form objects are wanted; both short forms stand in the Accept header. */
export type Form = 'full' | 'metadata' | 'table'

export function formOf(accept: string): Form {
  if (wantsForm(accept, 'Table')) return 'table'
  return wantsForm(accept, 'PartialObjectMetadata') || wantsForm(accept, 'PartialObjectMetadataList') ? 'metadata' : 'full'
}

export interface Presentation {
  form: Form
  resource: ResourceType
  /** For ages, milliseconds since 1970. */
  now: number
}

export function presentObject({ form, resource, now }: Presentation, object: KubeObject): JsonMap {
  if (form === 'metadata') return metadataOnly(object)
  if (form === 'full') return inVersion(resource, object)
  return toTable(resource, { items: [object], resourceVersion: object.metadata.resourceVersion, next: '', remaining: 0 }, now)
}

export function presentList({ form, resource, now }: Presentation, page: ObjectList): JsonMap {
  if (form === 'metadata') return toMetadataList(page)
  return form === 'table' ? toTable(resource, page, now) : toList(resource, page)
}
