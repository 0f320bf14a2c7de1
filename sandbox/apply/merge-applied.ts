import { isMap, type Json, type JsonMap, listOf, mapOf } from '../json.js'
import type { ResourceType } from '../resource-types.js'
import { itemKey } from './field-set.js'
import { isAtomicMap, isSet, keysOfList } from './list-keys.js'

/** `live` with what is applied over it: maps field by field, keyed lists item by item, sets united, all else replaced. */
export function mergeApplied(resource: ResourceType, live: JsonMap, applied: JsonMap): JsonMap {
  return mapOf(merge(resource, { live, applied, names: [] }))
}

interface Merge {
  live: Json | undefined
  applied: Json
  names: readonly string[]
}

function merge(resource: ResourceType, { live, applied, names }: Merge): Json {
  if (isMap(applied) && !isAtomicMap(resource, names)) {
    const merged = Object.entries(applied).map(([key, value]) => {
      const inner = merge(resource, { live: mapOf(live)[key], applied: value, names: [...names, key] })
      return [key, inner] as const
    })
    return { ...mapOf(live), ...Object.fromEntries(merged) }
  }
  if (!Array.isArray(applied)) return applied
  if (isSet(names)) return [...listOf(live), ...applied.filter((item) => !listOf(live).includes(item))]
  const keys = keysOfList(resource, names)
  if (!keys) return applied
  const rest = new Map(applied.map((item) => [itemKey(mapOf(item), keys), item]))
  const kept = listOf(live).map((item) => {
    const key = itemKey(mapOf(item), keys)
    const over = rest.get(key)
    rest.delete(key)
    return over === undefined ? item : merge(resource, { live: item, applied: over, names })
  })
  return [...kept, ...rest.values()]
}
