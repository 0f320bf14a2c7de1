import type { Answer } from './answer.js'
import { countCauses, undecodableCount } from './counts.js'
import { type Json, type JsonMap, mapOf, numberOf, textOf } from './json.js'
import { at } from './json-parts.js'
import type { KubeObject } from './kube-object.js'
import { objectOf, patchTypeOf, type ResourceCall, targetOf, writeOptionsOf } from './object-routes.js'
import { badRequest, invalid, StatusError, unsupportedMediaType } from './status-error.js'
import { checkIdentity } from './validate.js'
import { patchObject } from './writes/patch-object.js'

/** How many pods of a workload there shall be, as an object of its own. */
export function readScale(call: ResourceCall): Answer {
  return { status: 200, body: toScale(objectOf(call)) }
}

/** Throws 400 for what is no Scale of this object, 409 for another version than the last, 422. */
export function replaceScale(call: ResourceCall): Answer {
  const body = mapOf(call.body)
  const { name } = call.path
  if (textOf(at(body, 'metadata.name')) === '')
    throw badRequest(`the name of the object (${name} based on URL) was undeterminable: name must be provided`)
  checkIdentity(scaleType(call), body, targetOf(call))
  const why = undecodableCount('Scale', body)
  if (why !== undefined) throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${why}`)
  return writeScale(call, body)
}

/** Every kind of patch but apply, which nobody here makes of a Scale. Throws 409, 415 and 422. */
export function patchScale(call: ResourceCall): Answer {
  const type = patchTypeOf(call)
  if (type === 'apply') throw unsupportedMediaType(call.request.contentType)
  const patched = patchObject(call.resource, toScale(objectOf(call)), { type, body: call.body })
  const why = undecodableCount('Scale', patched)
  if (why !== undefined) throw new StatusError(422, 'Invalid', ` "" is invalid: patch: Invalid value: ${why}`)
  return writeScale(call, patched)
}

/** The object itself is written: in the version that the Scale names, when it names one. */
function writeScale(call: ResourceCall, scale: JsonMap): Answer {
  const causes = countCauses('Scale', scale)
  if (causes.length > 0) throw invalid('Scale', { group: 'autoscaling', plural: 'scales', name: call.path.name }, causes)
  const { uid, resourceVersion } = mapOf(scale.metadata)
  const precondition: Json = { ...(uid ? { uid } : {}), ...(resourceVersion ? { resourceVersion } : {}) }
  const body = { metadata: precondition, spec: { replicas: numberOf(at(scale, 'spec.replicas'), 0) } }
  const { options } = writeOptionsOf(call)
  return { status: 200, body: toScale(call.writer.patch(targetOf(call), { type: 'merge', body }, options).object) }
}

function scaleType({ resource }: ResourceCall) {
  return { ...resource, group: 'autoscaling', version: 'v1', kind: 'Scale' }
}

function toScale({ metadata, spec, status }: KubeObject): KubeObject {
  const { name, uid, resourceVersion, creationTimestamp } = metadata
  const labels = mapOf(at(spec, 'selector.matchLabels'))
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberOf(mapOf(spec).replicas, 0) },
    status: { replicas: numberOf(mapOf(status).replicas, 0), selector: selector.join(',') },
  }
}
