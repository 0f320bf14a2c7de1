import { countCauses, undecodableCount } from './counts.js'
import { immutableCauses } from './immutable-fields.js'
import { type JsonMap, mapOf, textOf } from './json.js'
import { type KubeObject, readMetadata } from './kube-object.js'
import { apiVersionOf, type ResourceType } from './resource-types.js'
import { matchesSelector } from './selectors.js'
import { badRequest, invalid, type StatusCause, StatusError } from './status-error.js'

const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const pathSegment = /^(?!\.\.?$)[^/%]+$/
// Names of these may hold any character that fits into a path, such as system:node.
const freelyNamed = new Set(['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'])

/** Refuses an object whose apiVersion, kind or namespace is not that of its path, and whose metadata is none. */
export function checkIdentity(resource: ResourceType, object: JsonMap, { namespace, name }: { namespace: string; name: string }): void {
  const apiVersion = apiVersionOf(resource)
  if (object.apiVersion !== undefined && object.apiVersion !== apiVersion) {
    throw badRequest(`the API version in the data (${textOf(object.apiVersion)}) does not match the expected API version (${apiVersion})`)
  }
  if (object.kind !== undefined && object.kind !== resource.kind) {
    const what = `${textOf(object.apiVersion)}, Kind=${textOf(object.kind)}`
    throw badRequest(
      `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: the kind in the data is ${what}`,
    )
  }
  const given = readMetadata(object)
  if (resource.namespaced && given.namespace !== undefined && given.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
  }
  if (name !== '' && given.name !== undefined && given.name !== name) {
    throw badRequest(`the name of the object (${given.name}) does not match the name on the URL (${name})`)
  }
}

/** Refuses with 422 what the API server would: a name that is none, a workload of less than no pods or with a selector that misses them. */
export function checkObject(resource: ResourceType, object: JsonMap, name: string): void {
  const causes: StatusCause[] = []
  const shape = freelyNamed.has(resource.kind) ? pathSegment : subdomain
  if (name.length > 253 || !shape.test(name)) {
    causes.push({
      reason: 'FieldValueInvalid',
      field: 'metadata.name',
      message: `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
    })
  }
  if (workloads.has(resource.kind)) causes.push(...selectorCauses(mapOf(object.spec)))
  if (!resource.custom) causes.push(...countCauses(resource.kind, object))
  if (causes.length > 0) throw invalid(resource.kind, { ...resource, name }, causes)
}

/** Refuses with 422 an update of what may not change. */
export function checkUnchanged(resource: ResourceType, live: KubeObject, next: JsonMap): void {
  const causes = immutableCauses(live, next, resource.custom)
  if (causes.length > 0) throw invalid(resource.kind, { ...resource, name: live.metadata.name }, causes)
}

const workloads = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet'])

function selectorCauses({ selector, template }: JsonMap): StatusCause[] {
  if (selector === undefined) return [{ reason: 'FieldValueRequired', field: 'spec.selector', message: 'Required value' }]
  const labels = mapOf(mapOf(mapOf(template).metadata).labels)
  if (matchesSelector(mapOf(selector), labels)) return []
  const message = `Invalid value: ${JSON.stringify(labels)}: \`selector\` does not match template \`labels\``
  return [{ reason: 'FieldValueInvalid', field: 'spec.template.metadata.labels', message }]
}

/** Refuses with 400 a field of another type than the kind has there. */
export function checkTypes({ kind, version, custom }: ResourceType, object: JsonMap): void {
  const why = custom ? undefined : undecodableCount(kind, object)
  if (why !== undefined) throw badRequest(`${kind} in version "${version}" cannot be handled as a ${kind}: ${why}`)
}

/** Fields that the kind does not have: refused with Strict, told with Warn. Known are the fields at the top of an object. */
export function checkFields(
  resource: ResourceType,
  object: JsonMap,
  { validation, warnings }: { validation: 'Strict' | 'Warn' | 'Ignore'; warnings: string[] },
): void {
  if (resource.fields.length === 0 || validation === 'Ignore') return
  const unknown = Object.keys(object).filter((key) => !['apiVersion', 'kind', 'metadata', ...resource.fields].includes(key))
  const texts = unknown.map((key) => `unknown field "${key}"`)
  if (texts.length === 0) return
  if (validation === 'Strict') {
    const message = `${resource.kind} in version "${resource.version}" cannot be handled as a ${resource.kind}: strict decoding error: ${texts.join(', ')}`
    throw new StatusError(400, 'BadRequest', message)
  }
  warnings.push(...texts)
}
