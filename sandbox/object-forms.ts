import type { Json, JsonMap } from './json.js'
import type { KubeObject } from './kube-object.js'
import type { ObjectList } from './read-objects.js'
import { apiVersionOf, type ResourceType } from './resource-types.js'

/** An object as its kind in the version that was asked for. */
export function inVersion(resource: ResourceType, object: KubeObject): KubeObject {
  return resource.custom ? { ...object, apiVersion: apiVersionOf(resource) } : object
}

/** Only what every object has. */
export function metadataOnly({ metadata }: KubeObject): JsonMap {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata }
}

/** A list as the API writes it: items carry neither kind nor apiVersion, but those of custom resources do. */
export function toList(resource: ResourceType, page: ObjectList): JsonMap {
  const items = page.items.map((object): Json => {
    if (resource.custom) return inVersion(resource, object)
    const { apiVersion: _version, kind: _kind, ...rest } = object
    return rest
  })
  return { kind: `${resource.kind}List`, apiVersion: apiVersionOf(resource), metadata: listMeta(page), items }
}

export function toMetadataList(page: ObjectList): JsonMap {
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: listMeta(page), items: page.items.map(metadataOnly) }
}

export function listMeta({ resourceVersion, next, remaining }: ObjectList): JsonMap {
  const rest = remaining === undefined ? {} : { remainingItemCount: remaining }
  return { resourceVersion, ...(next ? { continue: next, ...rest } : {}) }
}
