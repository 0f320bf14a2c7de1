import { isMap, type Json, type JsonMap, listOf, mapOf, textOf } from '../json.js'
import { isSame } from '../json-parts.js'
import type { ResourceType } from '../resource-types.js'

// Struct tags patchMergeKey of Kubernetes 1.36; other than for server-side apply, each list has one key.
const mergeKeys: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  imagePullSecrets: 'name',
  secrets: 'name',
  webhooks: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  hostAliases: 'ip',
  conditions: 'type',
  ownerReferences: 'uid',
  topologySpreadConstraints: 'topologyKey',
  taints: 'key',
}
const primitiveLists = new Set(['finalizers'])

/** Kubernetes' own patch: as a merge patch, but lists of named items are merged by name, and `$patch` directives are followed. */
export function applyStrategicMergePatch(resource: ResourceType, object: JsonMap, patch: JsonMap): JsonMap {
  return mergeMaps({ resource, names: [] }, object, patch)
}

interface Place {
  resource: ResourceType
  names: readonly string[]
}

function mergeMaps(place: Place, live: JsonMap, patch: JsonMap): JsonMap {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch
  if (directive === 'replace') return withoutDirectives(fields)
  if (directive === 'delete') return {}
  const merged: JsonMap = Array.isArray(retained)
    ? Object.fromEntries(Object.entries(live).filter(([key]) => retained.includes(key)))
    : { ...live }
  for (const [key, value] of Object.entries(fields)) {
    const inner = { ...place, names: [...place.names, key] }
    const list = key.slice(listDeletion.length)
    if (key.startsWith(listDeletion))
      merged[list] = listOf(merged[list]).filter((item) => !listOf(value).some((gone) => isSame(gone, item)))
    else if (key.startsWith('$setElementOrder/')) continue
    else if (value === null) delete merged[key]
    else if (isMap(value)) merged[key] = mergeMaps(inner, mapOf(merged[key]), value)
    else merged[key] = Array.isArray(value) ? mergeLists(inner, listOf(merged[key]), value) : value
  }
  return merged
}

const listDeletion = '$deleteFromPrimitiveList/'

function mergeLists(place: Place, live: Json[], patch: Json[]): Json[] {
  const name = place.names.at(-1) ?? ''
  if (primitiveLists.has(name)) return [...live, ...patch.filter((item) => !live.includes(item))]
  const key = keyOf(place)
  if (key === undefined || place.resource.custom) return patch
  if (patch.some((item) => mapOf(item).$patch === 'replace')) return patch.filter((item) => mapOf(item).$patch !== 'replace')
  const merged = [...live]
  for (const item of patch.map(mapOf)) {
    const index = merged.findIndex((one) => isSame(mapOf(one)[key], item[key]))
    if (item.$patch === 'delete') merged.splice(index, index < 0 ? 0 : 1)
    else merged.splice(index < 0 ? merged.length : index, 1, mergeMaps(place, mapOf(merged[index]), item))
  }
  return merged
}

function keyOf({ resource, names }: Place): string | undefined {
  const [parent, field = ''] = names.slice(-2)
  if (field !== 'ports') return mergeKeys[names.at(-1) ?? '']
  if (parent === 'containers' || parent === 'initContainers') return 'containerPort'
  return resource.kind === 'Service' ? 'port' : undefined
}

function withoutDirectives(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => textOf(key)[0] !== '$'))
}
