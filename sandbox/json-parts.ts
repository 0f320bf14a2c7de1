import { isMap, type Json, type JsonMap, mapOf } from './json.js'

/** The value at a dotted path, `spec.template.metadata`; undefined when a part of it is missing. */
export function at(value: Json | undefined, path: string): Json | undefined {
  return path.split('.').reduce<Json | undefined>((inner, key) => (isMap(inner) ? inner[key] : undefined), value)
}

/** `map` with the value at a dotted path replaced; maps on the way are made. */
export function withAt(map: JsonMap, path: string, value: Json): JsonMap {
  const [key = '', ...rest] = path.split('.')
  return { ...map, [key]: rest.length === 0 ? value : withAt(mapOf(map[key]), rest.join('.'), value) }
}

/** `map` without some of its keys. */
export function without(map: JsonMap, keys: readonly string[]): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)))
}

/** Same content; the order of keys does not count. */
export function isSame(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSame(item, right[index]))
  }
  if (!isMap(left) || !isMap(right)) return false
  const keys = Object.keys(left)
  return keys.length === Object.keys(right).length && keys.every((key) => Object.hasOwn(right, key) && isSame(left[key], right[key]))
}
