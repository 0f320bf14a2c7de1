import type { ObservedObject } from '../../contract/operation.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type AttributionRule, auditKey, findLeftovers, observeChanges } from './audit-objects.js'
import { lifeOf } from './installation-life.js'
import type { OperationDeps } from './operation-deps.js'
import type { SnapshotObject } from './operation-object-store.js'
import type { OperationRow } from './operation-store.js'
import { offeredAction } from './plan-operation.js'

/**
 * What changed while an operation ran; after an uninstall also what is left of the mesh, compared with the listing from
 * before its installation when that was ours.
 */
export function auditOperation(deps: OperationDeps, row: OperationRow, state: string): ObservedObject[] {
  const before = deps.objects.snapshot(row.id, 'before')
  const after = deps.objects.snapshot(row.id, 'after')
  if (before === undefined || after === undefined || after.objects.length === 0) return []
  const description = deps.registry.description(row.mesh)
  const rules = description.info.attributionRules.flatMap(toRule)
  const requested = requestedKeys(deps, [row.id])
  const unreadable = new Set([...before.unreadable, ...after.unreadable].map(({ kind }) => kind))
  const now = readable(after.objects, unreadable)
  const changes = observeChanges({ before: readable(before.objects, unreadable), after: now, requested, rules })
  const { category } = offeredAction(description, row.request.action)
  if (category !== 'uninstall' || state !== 'succeeded') return changes
  const lived = (revision: string | undefined) =>
    lifeOf(deps.operations, { cluster: row.cluster, mesh: row.mesh, revision }, { before: row.id })
  const own = lived(row.request.revision ?? '')
  // What a canary brought about has its beginning in the life of another revision.
  const life = own.some(({ request }) => request.action === 'install') ? own : lived(undefined)
  const first = life.find(({ request }) => request.action === 'install')
  const baseline = first === undefined ? [] : (deps.objects.snapshot(first.id, 'before')?.objects ?? [])
  const made = requestedKeys(deps, [...life.map(({ id }) => id), row.id])
  return [...changes, ...findLeftovers({ before: readable(baseline, unreadable), after: now, requested: made, rules })]
}

/** A kind that one of the listings lacks says nothing about what appeared or went. */
function readable(objects: SnapshotObject[], unreadable: ReadonlySet<string>): SnapshotObject[] {
  return objects.filter(({ apiVersion, kind }) => !unreadable.has(`${apiVersion}/${kind}`) && !unreadable.has(`${apiVersion}/*`))
}

function requestedKeys(deps: OperationDeps, operations: string[]): Set<string> {
  return new Set(operations.flatMap((id) => deps.objects.requested(id).map((row) => auditKey(row))))
}

function toRule({ rule, reason }: wire.AttributionRule): AttributionRule[] {
  switch (rule?.$case) {
    case 'fieldManager':
      return [{ reason, fieldManager: rule.value }]
    case 'label':
      return [{ reason, label: rule.value }]
    case 'apiGroup':
      return [{ reason, apiGroup: rule.value }]
    case 'object':
      return [{ reason, object: rule.value }]
    case undefined:
      return []
  }
}
