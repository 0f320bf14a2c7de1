import { isMap, type Json, type JsonMap, listOf, mapOf } from '../json.js'
import { isSame } from '../json-parts.js'
import type { ResourceType } from '../resource-types.js'
import { defaultOfKey, isAtomicMap, isSet, keysOfList } from './list-keys.js'

/** Paths of fields, each as its elements in FieldsV1 form joined by a tab: `f:spec␉f:containers␉k:{"name":"web"}␉f:image`. */
export type FieldSet = ReadonlySet<string>

const separator = '\t'

// Kept by the server, and nobody's field.
const unowned = new Set(['apiVersion', 'kind'])
const unownedMeta = new Set([
  'name',
  'namespace',
  'generateName',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'uid',
  'resourceVersion',
  'generation',
  'managedFields',
  'selfLink',
])

/**
 * The fields that an object sets. Of `status` only, or without it: each has its own endpoint. With `maps`, the maps around them
 * count too: an update that makes one owns it, an apply does not.
 */
export function fieldsOf(
  resource: ResourceType,
  object: JsonMap,
  { part, maps }: { part: 'main' | 'status'; maps: boolean },
): Map<string, Json> {
  const found = new Map<string, Json>()
  for (const [key, value] of Object.entries(object)) {
    if (unowned.has(key) || (key === 'status') !== (part === 'status')) {
      if (!(key === 'status' && !resource.subresources.includes('status'))) continue
    }
    const owned = key === 'metadata' ? Object.fromEntries(Object.entries(mapOf(value)).filter(([name]) => !unownedMeta.has(name))) : value
    if (key === 'metadata' && Object.keys(mapOf(owned)).length === 0) continue
    walk({ resource, found, maps }, owned, { path: `f:${key}`, names: [key] })
  }
  return found
}

interface Walk {
  resource: ResourceType
  found: Map<string, Json>
  maps: boolean
}

interface Place {
  path: string
  /** Names of fields without the items of lists. */
  names: readonly string[]
}

function walk(context: Walk, value: Json, place: Place): void {
  const { resource, found } = context
  if (isMap(value) && !isAtomicMap(resource, place.names)) {
    const entries = Object.entries(value)
    if (entries.length === 0) found.set(place.path, value)
    else if (context.maps && !isAlwaysThere(resource, place.names)) found.set(place.path, '')
    for (const [key, inner] of entries) {
      walk(context, inner, { path: `${place.path}${separator}f:${key}`, names: [...place.names, key] })
    }
    return
  }
  if (Array.isArray(value) && isSet(place.names)) {
    for (const item of value) found.set(`${place.path}${separator}v:${JSON.stringify(item)}`, item)
    return
  }
  const keys = Array.isArray(value) ? keysOfList(resource, place.names) : undefined
  if (!keys || !Array.isArray(value)) {
    found.set(place.path, value)
    return
  }
  for (const item of value) {
    const path = `${place.path}${separator}${itemKey(mapOf(item), keys)}`
    // The item itself belongs to somebody too, not only its fields.
    found.set(path, '')
    for (const [key, inner] of Object.entries(mapOf(item))) {
      walk(context, inner, { path: `${path}${separator}f:${key}`, names: [...place.names, key] })
    }
  }
}

// Structs of Go that are no pointers: they are there, empty, in every object of their kind.
const structs = new Set(['metadata', 'spec', 'status', 'template', 'strategy', 'updateStrategy', 'resources', 'names'])

function isAlwaysThere({ custom }: ResourceType, names: readonly string[]): boolean {
  return custom ? names.length === 1 && names[0] === 'metadata' : structs.has(names.at(-1) ?? '')
}

/** `k:{"name":"web"}`: an item of a keyed list by its keys, in their order. */
export function itemKey(item: JsonMap, keys: readonly string[]): string {
  const entries = keys.flatMap((key) => {
    const value = item[key] ?? defaultOfKey(key)
    return value === undefined ? [] : [[key, value] as const]
  })
  return `k:${JSON.stringify(Object.fromEntries(entries))}`
}

/** Fields that one of the two has and the other has not, or has with another value. */
export function changedFields(
  before: ReadonlyMap<string, Json>,
  after: ReadonlyMap<string, Json>,
): { set: Set<string>; removed: Set<string> } {
  const set = new Set([...after].filter(([path, value]) => !before.has(path) || !isSame(before.get(path), value)).map(([path]) => path))
  const removed = new Set([...before.keys()].filter((path) => !after.has(path)))
  return { set, removed }
}

/** The nested form that managedFields has. */
export function toFieldsV1(fields: FieldSet): JsonMap {
  const root: JsonMap = {}
  for (const path of fields) {
    let node = root
    const elements = path.split(separator)
    for (const element of elements) {
      const next = mapOf(node[element])
      node[element] = next
      node = next
    }
    if (elements.at(-1)?.startsWith('k:')) node['.'] = {}
  }
  for (const path of fields) {
    const node = path.split(separator).reduce<JsonMap>((outer, element) => mapOf(outer[element]), root)
    if (Object.keys(node).length > 0) node['.'] = {}
  }
  return root
}

/** Reads the nested form: leaves, and what carries a dot. */
export function fromFieldsV1(fields: JsonMap, prefix = ''): Set<string> {
  const found = new Set<string>()
  for (const [element, inner] of Object.entries(fields)) {
    if (element === '.') {
      if (prefix !== '') found.add(prefix)
      continue
    }
    const path = prefix === '' ? element : `${prefix}${separator}${element}`
    const below = mapOf(inner)
    if (Object.keys(below).length === 0) found.add(path)
    for (const one of fromFieldsV1(below, path)) found.add(one)
  }
  return found
}

/** `.spec.template.spec.containers[name="web"].image`: a path as the API server prints it. */
export function printPath(path: string): string {
  return path
    .split(separator)
    .map((element) => {
      if (element.startsWith('f:')) return `.${element.slice(2)}`
      if (element.startsWith('v:')) return `[=${element.slice(2)}]`
      const keys = Object.entries(mapOf(JSON.parse(element.slice(2)))).map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      return `[${keys.join(',')}]`
    })
    .join('')
}

/** `object` without one field; without the item when the path ends at one. */
export function removeField(resource: ResourceType, object: JsonMap, path: string): JsonMap {
  return mapOf(removeAt(resource, object, { elements: path.split(separator), names: [] }) ?? {})
}

function removeAt(
  resource: ResourceType,
  value: Json,
  { elements, names }: { elements: readonly string[]; names: readonly string[] },
): Json | undefined {
  const [element = '', ...rest] = elements
  const below = (inner: Json, name: string) =>
    rest.length === 0 ? undefined : removeAt(resource, inner, { elements: rest, names: name === '' ? names : [...names, name] })
  if (element.startsWith('f:') && isMap(value)) {
    const key = element.slice(2)
    if (!Object.hasOwn(value, key)) return value
    const kept = below(value[key] ?? null, key)
    const others = Object.fromEntries(Object.entries(value).filter(([name]) => name !== key))
    return kept === undefined ? others : { ...others, [key]: kept }
  }
  const keys = keysOfList(resource, names) ?? []
  return listOf(value).flatMap((item) => {
    const matches = element.startsWith('v:') ? JSON.stringify(item) === element.slice(2) : itemKey(mapOf(item), keys) === element
    if (!matches) return [item]
    const kept = below(item, '')
    return kept === undefined ? [] : [kept]
  })
}
