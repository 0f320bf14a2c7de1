import { type Json, type JsonMap, mapOf } from '../json.js'
import { at, without } from '../json-parts.js'
import type { KubeObject } from '../kube-object.js'
import { applyJsonPatch } from '../patches/json-patch.js'
import { applyMergePatch } from '../patches/merge-patch.js'
import { applyStrategicMergePatch } from '../patches/strategic-merge-patch.js'
import type { ResourceType } from '../resource-types.js'
import { StatusError } from '../status-error.js'

export type PlainPatch = 'json' | 'merge' | 'strategic'

/** An object with a patch applied to it. A patch is of what is there now, whatever version that is – unless it names one. */
export function patchObject(resource: ResourceType, live: KubeObject, patch: { type: PlainPatch; body: Json }): JsonMap {
  const patched = patchers[patch.type](resource, live, patch.body)
  if (typeof at(patch.body, 'metadata.resourceVersion') === 'string') return patched
  return { ...patched, metadata: without(mapOf(patched.metadata), ['resourceVersion']) }
}

const patchers: Record<PlainPatch, (resource: ResourceType, object: KubeObject, patch: Json) => JsonMap> = {
  json: (_resource, object, patch) => applyJsonPatch(object, patch),
  merge: (_resource, object, patch) => applyMergePatch(object, mapOf(patch)),
  strategic: (resource, object, patch) => {
    if (!resource.custom) return applyStrategicMergePatch(resource, object, mapOf(patch))
    throw new StatusError(415, 'UnsupportedMediaType', refusedForCustom)
  },
}

const refusedForCustom =
  'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml'
