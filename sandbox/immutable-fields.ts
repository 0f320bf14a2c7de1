import { type Json, type JsonMap, mapOf } from './json.js'
import { at, isSame, without } from './json-parts.js'
import type { KubeObject } from './kube-object.js'
import type { StatusCause } from './status-error.js'

/** A field that an update may not change, and how the API server refuses it. */
interface FixedField {
  field: string
  reason: 'FieldValueInvalid' | 'FieldValueForbidden'
  why: string
  /** Only then. */
  when?: (live: KubeObject, next: JsonMap) => boolean
  /** What may not change, when it is not the field itself. */
  part?: (object: JsonMap) => Json | undefined
}

/** Fields that an update would change but may not, by kinds; only those that clients of ours come upon. */
export function immutableCauses(live: KubeObject, next: JsonMap, isCustom: boolean): StatusCause[] {
  const fixed = isCustom ? [] : (fixedFields[live.kind] ?? [])
  return [...newFinalizers(live, next), ...fixed.flatMap((one) => (isChanged(one, live, next) ? refusal(one, next) : []))]
}

const selector: FixedField = { field: 'spec.selector', reason: 'FieldValueInvalid', why: 'field is immutable' }
const roleRef: FixedField = { field: 'roleRef', reason: 'FieldValueInvalid', why: 'cannot change roleRef' }
const sealed = (field: string): FixedField => ({
  field,
  reason: 'FieldValueForbidden',
  why: 'field is immutable when `immutable` is set',
  when: ({ immutable }) => immutable === true,
})
const statefulSetFree = [
  ...['replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit'],
  ...['persistentVolumeClaimRetentionPolicy', 'minReadySeconds'],
]

const fixedFields: Record<string, readonly FixedField[]> = {
  Deployment: [selector],
  ReplicaSet: [selector],
  DaemonSet: [selector],
  StatefulSet: [
    {
      field: 'spec',
      reason: 'FieldValueForbidden',
      why: "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      part: ({ spec }) => without(mapOf(spec), statefulSetFree),
    },
  ],
  Job: [{ field: 'spec.completions', reason: 'FieldValueInvalid', why: 'field is immutable' }],
  ConfigMap: [sealed('immutable'), sealed('data'), sealed('binaryData')],
  Secret: [sealed('immutable'), sealed('data'), { field: 'type', reason: 'FieldValueInvalid', why: 'field is immutable' }],
  RoleBinding: [roleRef],
  ClusterRoleBinding: [roleRef],
  Service: [
    {
      field: 'spec.clusterIPs[0]',
      reason: 'FieldValueInvalid',
      why: 'may not change once set',
      part: (object) => at(object, 'spec.clusterIP'),
      // One that is named for the first time, or given away with the type, is no change.
      when: (live, next) => [live, next].every((object) => at(object, 'spec.clusterIP') !== undefined),
    },
  ],
}

function isChanged({ field, when, part = (object) => at(object, field) }: FixedField, live: KubeObject, next: JsonMap): boolean {
  return (when?.(live, next) ?? true) && !isSame(part(live), part(next))
}

function refusal({ field, reason, why, part = (object) => at(object, field) }: FixedField, next: JsonMap): StatusCause {
  const message = reason === 'FieldValueForbidden' ? `Forbidden: ${why}` : `Invalid value: ${JSON.stringify(part(next))}: ${why}`
  return { field, reason, message }
}

/** What is on its way out is held by nobody new. */
function newFinalizers({ metadata }: KubeObject, next: JsonMap): StatusCause[] {
  if (metadata.deletionTimestamp === undefined) return []
  const given = mapOf(next.metadata).finalizers
  const added = Array.isArray(given) ? given.filter((name) => !metadata.finalizers?.some((known) => known === name)) : []
  if (added.length === 0) return []
  const names = added.map((name) => JSON.stringify(name)).join(', ')
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${names}}`
  return [{ reason: 'FieldValueForbidden', field: 'metadata.finalizers', message: `Forbidden: ${why}` }]
}
