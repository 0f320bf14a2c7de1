import { isMap, type Json, type JsonMap } from '../json.js'

/** RFC 7396: maps are merged, null removes, everything else replaces. */
export function applyMergePatch(object: JsonMap, patch: JsonMap): JsonMap {
  const merged = Object.entries(patch).reduce<[string, Json][]>((entries, [key, value]) => {
    if (value === null) return entries
    const live = object[key]
    entries.push([key, isMap(value) ? applyMergePatch(isMap(live) ? live : {}, value) : value])
    return entries
  }, [])
  const kept = Object.entries(object).filter(([key]) => patch[key] !== null)
  return { ...Object.fromEntries(kept), ...Object.fromEntries(merged) }
}
