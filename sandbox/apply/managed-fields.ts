import { type JsonMap, mapOf } from '../json.js'
import type { KubeObject, ManagedFields } from '../kube-object.js'
import { apiVersionOf, type ResourceType } from '../resource-types.js'
import { applyConflict } from '../status-error.js'
import { changedFields, type FieldSet, fieldsOf, fromFieldsV1, printPath, removeField, toFieldsV1 } from './field-set.js'
import { mergeApplied } from './merge-applied.js'

/** Who writes, and when. `subresource` is empty for the object itself. */
export interface Writing {
  resource: ResourceType
  manager: string
  subresource: string
  /** RFC 3339 with seconds, as managedFields has it. */
  now: string
}

interface Owner {
  entry: ManagedFields
  fields: FieldSet
}

/**
 * Server-side apply: the object with the configuration merged in, fields that this manager no longer applies removed, and the
 * ownership of all managers brought up to date. Throws 409 with one cause for each field of somebody else, unless forced.
 */
export function applyConfiguration(
  writing: Writing & { force: boolean },
  live: KubeObject | undefined,
  applied: JsonMap,
): { object: JsonMap; managedFields: ManagedFields[] } {
  const { resource, force } = writing
  const part = { part: partOf(writing), maps: false }
  const owners = ownersOf(live)
  const mine = owners.find(({ entry }) => isMine(entry, writing, 'Apply'))
  const others = owners.filter((owner) => owner !== mine)
  const before = fieldsOf(resource, live ?? {}, part)
  const wanted = fieldsOf(resource, applied, part)
  const dropped = [...(mine?.fields ?? [])].filter((path) => !wanted.has(path) && !others.some(({ fields }) => fields.has(path)))
  const base = live ?? {}
  const merged = dropped.reduce((object, path) => removeField(resource, object, path), mergeApplied(resource, base, applied))
  const changed = changedFields(before, fieldsOf(resource, merged, part))
  const disputed = others.map((owner) => ({ owner, paths: [...owner.fields].filter((path) => wanted.has(path) && changed.set.has(path)) }))
  const conflicts = disputed.filter(({ paths }) => paths.length > 0)
  if (conflicts.length > 0 && !force) throw conflictOf(conflicts)
  const kept = others.map(({ entry, fields }) => {
    const lost = conflicts.find(({ owner }) => owner.entry === entry)?.paths ?? []
    return { entry, fields: new Set([...fields].filter((path) => !lost.includes(path) && !changed.removed.has(path))) }
  })
  const own = { entry: entryOf(writing, 'Apply'), fields: new Set(wanted.keys()) }
  const isUnchanged = mine !== undefined && changed.set.size === 0 && changed.removed.size === 0 && isEqual(mine.fields, own.fields)
  return { object: merged, managedFields: toEntries([...kept, isUnchanged ? mine : own]) }
}

/** An update or patch of any other kind: what it changed is the manager's now, and nobody else's. */
export function trackUpdate(writing: Writing, before: KubeObject | undefined, after: JsonMap): ManagedFields[] {
  const part = { part: partOf(writing), maps: true }
  const owners = ownersOf(before)
  const { set, removed } = changedFields(fieldsOf(writing.resource, before ?? {}, part), fieldsOf(writing.resource, after, part))
  if (set.size === 0 && removed.size === 0) return owners.map(({ entry }) => entry)
  const mine = owners.find(({ entry }) => isMine(entry, writing, 'Update'))
  const others = owners
    .filter((owner) => owner !== mine)
    .map(({ entry, fields }) => ({ entry, fields: new Set([...fields].filter((path) => !set.has(path) && !removed.has(path))) }))
  const own = new Set([...(mine?.fields ?? []), ...set].filter((path) => !removed.has(path)))
  return toEntries([...others, { entry: entryOf(writing, 'Update'), fields: own }])
}

function partOf({ subresource }: Writing): 'main' | 'status' {
  return subresource === 'status' ? 'status' : 'main'
}

function ownersOf(object: KubeObject | undefined): Owner[] {
  return (object?.metadata.managedFields ?? []).map((entry) => ({ entry, fields: fromFieldsV1(mapOf(entry.fieldsV1)) }))
}

function isMine(entry: ManagedFields, { manager, subresource, resource }: Writing, operation: ManagedFields['operation']): boolean {
  return (
    entry.manager === manager &&
    entry.operation === operation &&
    (entry.subresource ?? '') === subresource &&
    (operation === 'Apply' || entry.apiVersion === apiVersionOf(resource))
  )
}

function entryOf({ manager, subresource, resource, now }: Writing, operation: ManagedFields['operation']): ManagedFields {
  const of = subresource === '' ? {} : { subresource }
  return { manager, operation, apiVersion: apiVersionOf(resource), time: now, fieldsType: 'FieldsV1', fieldsV1: {}, ...of }
}

function toEntries(owners: readonly Owner[]): ManagedFields[] {
  return owners.filter(({ fields }) => fields.size > 0).map(({ entry, fields }) => ({ ...entry, fieldsV1: toFieldsV1(fields) }))
}

function isEqual(left: FieldSet, right: FieldSet): boolean {
  return left.size === right.size && [...left].every((path) => right.has(path))
}

// As the API server words it (structured-merge-diff, Conflicts.Error).
function conflictOf(conflicts: readonly { owner: Owner; paths: string[] }[]): Error {
  const causes = conflicts.flatMap(({ owner, paths }) =>
    paths.map((path) => ({ reason: 'FieldManagerConflict', message: `conflict with ${nameOwner(owner.entry)}`, field: printPath(path) })),
  )
  const count = `Apply failed with ${causes.length} ${causes.length === 1 ? 'conflict' : 'conflicts'}: `
  const [only] = causes
  if (only && causes.length === 1) return applyConflict(`${count}${only.message}: ${only.field}`, causes)
  const lines = conflicts.flatMap(({ owner, paths }) => [
    `conflicts with ${nameOwner(owner.entry)}:`,
    ...paths.map((path) => `- ${printPath(path)}`),
  ])
  return applyConflict(`${count}${lines.join('\n')}`, causes)
}

function nameOwner({ manager, operation, subresource, apiVersion }: ManagedFields): string {
  const within = subresource ? ` with subresource "${subresource}"` : ''
  return `"${manager}"${within}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}
