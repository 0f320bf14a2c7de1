import type { ObservedObject } from '../../contract/operation.js'
import noise from './object-noise.json' with { type: 'json' }
import type { SnapshotObject } from './operation-object-store.js'

/** One rule by which an object is counted to a mesh; see AttributionRule in adapter.proto. */
export type AttributionRule = { reason: string } & (
  | { fieldManager: string }
  | { label: { key: string; values: string[] } }
  | { apiGroup: string }
  | { object: { kind: string; namespace: string; name: string } }
)

export interface AuditInput {
  before: SnapshotObject[]
  after: SnapshotObject[]
  /** `kind namespace/name` of what our own requests made or changed. */
  requested: ReadonlySet<string>
  rules: AttributionRule[]
}

/** The key of an object in the `requested` set; the version of the API does not matter. */
export function auditKey({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string {
  return `${kind} ${namespace}/${name}`
}

/**
 * What appeared, changed or went between two listings of a cluster, each with the reason why it is counted to the
 * operation. Objects that belong to something older (a ReplicaSet of somebody's Deployment) and the committed noise are
 * left out.
 */
export function observeChanges({ before, after, requested, rules }: AuditInput): ObservedObject[] {
  const old = new Map(before.map((object) => [object.uid, object]))
  const now = new Map(after.map((object) => [object.uid, object]))
  const evident = attributor({ before, after, requested, rules })
  const attribute = (object: SnapshotObject) =>
    evident(object) ??
    (old.has(object.uid) || object.owners.length > 0
      ? undefined
      : `seen while the operation ran; written by ${object.managers.join(', ') || 'an unnamed client'}`)
  const appeared = after.filter((object) => !old.has(object.uid))
  const went = before.filter((object) => !now.has(object.uid))
  const changed = after.filter((object) => {
    const earlier = old.get(object.uid)
    return earlier !== undefined && hasChanged(earlier, object)
  })
  return [...describe(appeared, 'appeared', attribute), ...describe(changed, 'changed', attribute), ...describe(went, 'went', attribute)]
}

/**
 * What is still there of a mesh after it was removed: everything that was not there before it came and that evidence ties
 * to it. What other people made in the meantime is theirs.
 */
export function findLeftovers(input: AuditInput): ObservedObject[] {
  const old = new Set(input.before.map((object) => auditKey(object)))
  const there = new Set(input.after.map(({ uid }) => uid))
  const stays = input.after.filter((object) => !old.has(auditKey(object)) && !isLeaving(object, there))
  // A workload that was there before the mesh, and that we only restarted, is not the mesh's; nor are its new pods.
  const requested = new Set([...input.requested].filter((key) => !old.has(key)))
  return describe(stays, 'left', attributor({ ...input, requested }))
}

/** A pod in its grace period, or an object whose owners are all gone: Kubernetes takes it away without anybody's help. */
function isLeaving({ kind, deleting, owners }: SnapshotObject, there: ReadonlySet<string>): boolean {
  return (kind === 'Pod' && deleting) || (owners.length > 0 && owners.every(({ uid }) => !there.has(uid)))
}

function describe(
  objects: SnapshotObject[],
  change: ObservedObject['change'],
  attribute: (object: SnapshotObject) => string | undefined,
): ObservedObject[] {
  return objects.flatMap((object) => {
    const attribution = isNoise(object) ? undefined : attribute(object)
    const { apiVersion, kind, namespace, name } = object
    return attribution === undefined ? [] : [{ change, object: { apiVersion, kind, namespace, name }, attribution }]
  })
}

/** The reason of the first evidence that ties the object to the operation; undefined when it belongs to something older. */
function attributor({ before, after, requested, rules }: AuditInput): (object: SnapshotObject) => string | undefined {
  const all = new Map([...before, ...after].map((object) => [object.uid, object]))
  const attribute = (object: SnapshotObject, depth = 0): string | undefined => {
    if (requested.has(auditKey(object))) return 'requested by an operation of ours'
    const owner = object.owners.map(({ uid }) => all.get(uid)).find((found) => found !== undefined) ?? claimOf(object, all)
    if (owner !== undefined && depth < 8) {
      return attribute(owner, depth + 1) === undefined ? undefined : `owned by ${owner.kind} ${owner.name}`
    }
    return rules.find((rule) => matches(rule, object))?.reason
  }
  return attribute
}

/** A provisioner names a volume after the claim that asked for it: `pvc-<uid>` (sig-storage-lib-external-provisioner, volumeNamePrefix). */
function claimOf({ kind, name }: SnapshotObject, all: ReadonlyMap<string, SnapshotObject>): SnapshotObject | undefined {
  return kind === 'PersistentVolume' && name.startsWith('pvc-') ? all.get(name.slice('pvc-'.length)) : undefined
}

function matches(rule: AttributionRule, object: SnapshotObject): boolean {
  if ('fieldManager' in rule) return object.managers.includes(rule.fieldManager)
  if ('apiGroup' in rule) return groupOf(object) === rule.apiGroup
  if ('label' in rule) {
    const value = object.labels[rule.label.key]
    return value !== undefined && (rule.label.values.length === 0 || rule.label.values.includes(value))
  }
  const { kind, namespace, name } = rule.object
  return object.kind === kind && object.name === name && (namespace === '' || object.namespace === namespace)
}

const noisyKinds = new Set(noise.kinds.map(({ kind }) => kind))
const noisyObjects = new Set(noise.objects.map(({ kind, name }) => `${kind} ${name}`))

/** Whether object-noise.json names the object: by its kind, by kind and name, or by kind and a label that it carries. */
export function isNoise(object: Pick<SnapshotObject, 'apiVersion' | 'kind' | 'name' | 'labels'>): boolean {
  const kind = `${groupOf(object)}/${object.kind}`
  const isLabelled = noise.labelled.some((each) => each.kind === kind && object.labels[each.label] !== undefined)
  return isLabelled || noisyKinds.has(kind) || noisyObjects.has(`${kind} ${object.name}`)
}

function groupOf({ apiVersion }: { apiVersion: string }): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
}

/** Kinds that do not count generations (ConfigMaps, Secrets, Roles) show a change by their resourceVersion alone. */
function hasChanged(earlier: SnapshotObject, now: SnapshotObject): boolean {
  const content = now.generation === 0 ? earlier.resourceVersion !== now.resourceVersion : earlier.generation !== now.generation
  return content || !sameLabels(earlier, now)
}

function sameLabels(one: SnapshotObject, other: SnapshotObject): boolean {
  const keys = Object.keys(one.labels)
  return keys.length === Object.keys(other.labels).length && keys.every((key) => one.labels[key] === other.labels[key])
}
