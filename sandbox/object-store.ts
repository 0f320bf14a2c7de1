import { createChangeHistory, type StoreChange } from './change-history.js'
import type { KubeObject } from './kube-object.js'
import type { ResourceType } from './resource-types.js'

export interface StoredObject {
  resource: ResourceType
  object: KubeObject
}

/** All objects and a window of their history, in memory. Knows nothing of rules: that is the writer's. */
export interface ObjectStore {
  /** The last version that was given out. */
  readonly resourceVersion: number
  get(resource: ResourceType, namespace: string, name: string): KubeObject | undefined
  /** In the order of namespace and name; of one namespace when it is given. */
  list(resource: ResourceType, namespace?: string): KubeObject[]
  /** The list as it was then; `gone` when history does not reach back so far. */
  listAt(resource: ResourceType, namespace: string | undefined, version: number): KubeObject[] | 'gone'
  put(resource: ResourceType, object: KubeObject): KubeObject
  remove(resource: ResourceType, object: KubeObject): KubeObject
  /** Changes after that version, in order. */
  since(version: number): readonly StoreChange[] | 'gone'
  subscribe(listener: (change: StoreChange) => void): () => void
  count(): number
  /** Of any kind. */
  byUid(uid: string): StoredObject | undefined
  /** All objects of all kinds, in no order. */
  everything(): Iterable<StoredObject>
  /** Everything goes, history too; versions go on rising, so that a watch of before is `gone`. */
  clear(): void
  /** Told after each clear, which is no change of any object. */
  onClear(listener: () => void): void
}

/** `firstVersion`: where versions begin. Above all that a client may still hold, or it would wait for what has long been. */
export function createObjectStore(firstVersion: number): ObjectStore {
  const collections = new Map<string, Map<string, KubeObject>>()
  const stored = new Map<string, StoredObject>()
  const history = createChangeHistory(firstVersion)
  const clearListeners = new Set<() => void>()
  let version = firstVersion

  const collection = ({ group, plural }: ResourceType) => {
    const key = `${plural}.${group}`
    const known = collections.get(key) ?? new Map<string, KubeObject>()
    collections.set(key, known)
    return known
  }
  const record = (change: Omit<StoreChange, 'at'>) => history.add({ ...change, at: version })
  const stamp = (object: KubeObject): KubeObject => {
    version += 1
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } }
  }
  const list = (resource: ResourceType, namespace?: string) => sorted([...collection(resource).values()], namespace)

  return {
    get resourceVersion() {
      return version
    },
    get: (resource, namespace, name) => collection(resource).get(`${namespace}/${name}`),
    list,
    listAt(resource, namespace, at) {
      const later = history.since(at)
      if (later === 'gone') return 'gone'
      const objects = new Map(collection(resource))
      for (const change of later.toReversed()) {
        if (change.resource.plural !== resource.plural || change.resource.group !== resource.group) continue
        const key = keyOf(change.object)
        if (change.previous) objects.set(key, change.previous)
        else objects.delete(key)
      }
      return sorted([...objects.values()], namespace)
    },
    put(resource, object) {
      const previous = collection(resource).get(keyOf(object))
      const next = stamp(object)
      collection(resource).set(keyOf(object), next)
      stored.set(next.metadata.uid, { resource, object: next })
      record({ type: previous ? 'MODIFIED' : 'ADDED', object: next, resource, ...(previous ? { previous } : {}) })
      return next
    },
    remove(resource, object) {
      const previous = collection(resource).get(keyOf(object)) ?? object
      collection(resource).delete(keyOf(object))
      stored.delete(object.metadata.uid)
      const last = stamp(object)
      record({ type: 'DELETED', object: last, previous, resource })
      return last
    },
    since: history.since,
    subscribe: history.subscribe,
    count: () => stored.size,
    byUid: (uid) => stored.get(uid),
    everything: () => stored.values(),
    clear() {
      collections.clear()
      stored.clear()
      version += 1
      history.forget(version)
      for (const listener of clearListeners) listener()
    },
    onClear: (listener) => void clearListeners.add(listener),
  }
}

function keyOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`
}

function sorted(objects: KubeObject[], namespace: string | undefined): KubeObject[] {
  const wanted = namespace === undefined ? objects : objects.filter(({ metadata }) => metadata.namespace === namespace)
  return wanted.sort((left, right) => compare(keyOf(left), keyOf(right)))
}

// As etcd orders its keys: by bytes, not by the rules of a language.
function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
