import { type JsonMap, numberOf } from './json.js'
import { at } from './json-parts.js'
import type { StatusCause } from './status-error.js'

const replicas = ['spec.replicas']

/** Fields that say how many pods a kind wants. */
const countFields: Record<string, readonly string[]> = {
  Deployment: replicas,
  ReplicaSet: replicas,
  ReplicationController: replicas,
  StatefulSet: replicas,
  Scale: replicas,
  Job: ['spec.completions', 'spec.parallelism'],
}

// What the node of scenes/base.json says that it holds.
const mostPods = 250
const mostInt32 = 2 ** 31 - 1

/** What the API server's decoder says of a count that is no int32; undefined when all are. */
export function undecodableCount(kind: string, object: JsonMap): string | undefined {
  const [told] = (countFields[kind] ?? []).flatMap((field) => {
    const value = at(object, field) ?? 0
    if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= mostInt32) return []
    const what = typeof value === 'number' ? `number ${value}` : typeof value
    return `json: cannot unmarshal ${what} into Go struct field ${kind}Spec.${field} of type int32`
  })
  return told
}

/** Counts below zero, as the API server refuses them, and such as a simulated cluster has no room for. */
export function countCauses(kind: string, object: JsonMap): StatusCause[] {
  return (countFields[kind] ?? []).flatMap((field) => {
    const count = numberOf(at(object, field), 0)
    if (count < 0) return refusal(field, `${count}: must be greater than or equal to 0`)
    return count > mostPods ? refusal(field, `${count}: a simulated cluster runs at most ${mostPods} pods of a workload`) : []
  })
}

function refusal(field: string, why: string): StatusCause {
  return { reason: 'FieldValueInvalid', field, message: `Invalid value: ${why}` }
}
