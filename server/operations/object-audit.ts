import type { ObservedObject } from '../../contract/operation.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type AttributionRule, auditKey, findLeftovers, observeChanges } from './audit-objects.js'
import { lifeOf, meshLifeOf } from './installation-life.js'
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
  const { life, baseline } = lifeAndBaseline(deps, row)
  const made = requestedKeys(deps, [...life.map(({ id }) => id), row.id])
  return [...changes, ...findLeftovers({ before: readable(baseline, unreadable), after: now, requested: made, rules })]
}

/** The operations that made what is there, and the listing from before the first of them. */
function lifeAndBaseline(deps: OperationDeps, { id, cluster, mesh, request }: OperationRow) {
  const before = (of: OperationRow | undefined) => (of && deps.objects.snapshot(of.id, 'before')?.objects) ?? []
  const isInstall = ({ request: { action } }: OperationRow) => action === 'install'
  const own = lifeOf(deps.operations, { cluster, mesh, revision: request.revision ?? '' }, { before: id })
  if (own.some(isInstall)) return { life: own, baseline: before(own.find(isInstall)) }
  // A canary brought it about: it has the life of all revisions when the first one was retired, and else its own since then.
  const all = meshLifeOf(deps.operations, { cluster, mesh }, { before: id })
  const began = all.findLastIndex((each) => each.request.action === 'canary')
  const isLast = began < 0 || all.slice(began).some((each) => each.request.action === 'retire' && each.state === 'succeeded')
  return isLast ? { life: all, baseline: before(all.find(isInstall)) } : { life: all.slice(began), baseline: before(all[began]) }
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
