import type { ResourceType } from '../resource-types.js'

/**
 * How the parts of an object merge: a list by the keys of its items, as a set, or as one value. Field names with their parent,
 * from the struct tags of Kubernetes 1.36 (listType, listMapKey, mapType); everything that is not named here is a granular map or
 * an atomic list.
 */
const keyedLists: Record<string, readonly string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  ephemeralContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  imagePullSecrets: ['name'],
  secrets: ['name'],
  webhooks: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
  hostAliases: ['ip'],
  podIPs: ['ip'],
  conditions: ['type'],
  ownerReferences: ['uid'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
  'containers.ports': ['containerPort', 'protocol'],
  'initContainers.ports': ['containerPort', 'protocol'],
  'Service.spec.ports': ['port', 'protocol'],
}

/** What stands in a key when an object does not say: the API server merges after its defaults. */
const keyDefaults: Record<string, string> = { protocol: 'TCP' }

const sets = new Set(['finalizers'])

const atomicMaps = new Set([
  'selector',
  'nodeSelector',
  'fieldRef',
  'resourceFieldRef',
  'configMapKeyRef',
  'secretKeyRef',
  'secretRef',
  'roleRef',
  'scaleTargetRef',
])

/** Keys of a list's items; undefined for an atomic list. `path` holds the field names down to the list, items left out. */
export function keysOfList(resource: ResourceType, path: readonly string[]): readonly string[] | undefined {
  if (resource.custom && path[0] !== 'metadata') return undefined
  const [parent = '', field = ''] = path.slice(-2)
  return (
    keyedLists[[resource.kind, ...path].join('.')] ?? keyedLists[`${parent}.${field}`] ?? keyedLists[path.length === 1 ? parent : field]
  )
}

export function isSet(path: readonly string[]): boolean {
  return sets.has(path.at(-1) ?? '')
}

export function isAtomicMap(resource: ResourceType, path: readonly string[]): boolean {
  return !resource.custom && atomicMaps.has(path.at(-1) ?? '')
}

/** The value that a key has in an item that leaves it out. */
export function defaultOfKey(key: string): string | undefined {
  return keyDefaults[key]
}
