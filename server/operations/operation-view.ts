import { createPatch } from 'diff'
import type { Operation, OperationLogEntry, OperationObjects } from '../../contract/operation.js'
import type { Plan, PlannedObject, PlannedObjectDiff } from '../../contract/plan.js'
import { dropAbsent } from '../drop-absent.js'
import type { LogRow } from './operation-log-store.js'
import type { OperationObjectStore } from './operation-object-store.js'
import { verbsOf } from './operation-state.js'
import type { OperationRow, StepRow } from './operation-store.js'
import type { PlanObjectRow, PlanRow, PlanStore } from './plan-store.js'

export function viewPlan(store: PlanStore, row: PlanRow): Plan {
  const changes = { create: 0, update: 0, delete: 0, keep: 0 }
  for (const { change, objects } of store.countByChange(row.id)) changes[change] = objects
  return {
    id: row.id,
    simulated: row.simulated,
    request: row.request,
    state: row.state,
    ...dropAbsent({ progress: row.state === 'planning' ? row.progress : null, failure: row.failure, retryOf: row.retryOf }),
    steps: row.steps,
    findings: row.findings,
    confirmations: row.confirmations,
    leftovers: row.leftovers,
    objectCount: changes.create + changes.update + changes.delete + changes.keep,
    changes,
    createdAt: time(row.createdAt),
    ...dropAbsent({ readyAt: timeOrNull(row.readyAt) }),
  }
}

export function viewPlannedObject(row: PlanObjectRow): PlannedObject {
  return {
    n: row.n,
    step: row.step,
    object: refOf(row),
    change: row.change,
    verdict: row.verdict,
    ...dropAbsent({ reason: row.reason }),
    foreignOwners: row.foreignOwners,
  }
}

export function viewPlannedObjectDiff(row: PlanObjectRow): PlannedObjectDiff {
  const diff = createPatch(`${row.kind} ${row.name}`, row.before, row.after, 'in the cluster', 'after this plan')
  return { ...viewPlannedObject(row), before: row.before, after: row.after, diff }
}

export function viewOperation(row: OperationRow, steps: StepRow[]): Operation {
  return {
    id: row.id,
    simulated: row.simulated,
    request: row.request,
    state: row.state,
    steps: steps.map((step) => ({
      key: step.key,
      title: step.title,
      component: step.component,
      state: step.state,
      ...dropAbsent({ startedAt: timeOrNull(step.startedAt), endedAt: timeOrNull(step.endedAt) }),
    })),
    plan: row.plan,
    ...dropAbsent({ outcome: row.outcome, error: row.error, parent: row.parent, retryOf: row.retryOf }),
    cancelRequested: row.cancelRequested,
    can: verbsOf(row.state),
    createdAt: time(row.createdAt),
    ...dropAbsent({ startedAt: timeOrNull(row.startedAt), endedAt: timeOrNull(row.endedAt) }),
  }
}

export function viewLogEntry(row: LogRow): OperationLogEntry {
  return {
    n: row.n,
    at: time(row.at),
    step: row.step,
    level: row.level,
    message: row.message,
    ...dropAbsent({ code: row.code, object: row.object }),
  }
}

/** The three lists of what an operation changed. They are complete only when both listings of the cluster were. */
export function viewObjects(store: OperationObjectStore, operation: string, invisible: OperationObjects['invisible']): OperationObjects {
  const unreadable = (['before', 'after'] as const).flatMap((phase) => {
    const snapshot = store.snapshot(operation, phase)
    return snapshot === undefined ? [{ kind: `the listing ${phase} the operation`, reason: 'it was not taken' }] : snapshot.unreadable
  })
  const incompleteReason = unreadable.map(({ kind, reason }) => `${kind}: ${reason}`).join('; ')
  return {
    requested: store.requested(operation).map((row) => ({
      at: time(row.at),
      verb: row.verb,
      object: refOf(row),
      ...dropAbsent({ subresource: row.subresource }),
      status: row.status,
      auditId: row.auditId,
    })),
    observed: store.observed(operation).map((row) => ({ change: row.change, object: refOf(row), attribution: row.attribution })),
    invisible,
    complete: unreadable.length === 0,
    ...dropAbsent({ incompleteReason }),
  }
}

function refOf({ apiVersion, kind, namespace, name }: { apiVersion: string; kind: string; namespace: string; name: string }) {
  return { apiVersion, kind, namespace, name }
}

function time(epochMs: number): string {
  return new Date(epochMs).toISOString()
}

function timeOrNull(epochMs: number | null): string | null {
  return epochMs === null ? null : time(epochMs)
}
