import type { Finding } from '../../contract/finding.js'
import type { Confirmation, ExpectedLeftover, PlannedObject, PlanStep } from '../../contract/plan.js'
import type { ObjectRef } from '../../contract/primitives.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { known, toFinding } from '../adapter-link/read-finding.js'
import { dropAbsent } from '../drop-absent.js'
import type { PlanObjectRow, StoredDigest } from './plan-store.js'
import { toPlannedRelease } from './planned-release.js'

const stepKinds = ['helm', 'manifests', 'wait', 'leave-mesh'] as const
// Indexed by the numbers of the enums in adapter.proto; 0 is "unspecified".
const changes: readonly (PlannedObject['change'] | undefined)[] = [undefined, 'create', 'update', 'delete', 'keep']
const verdicts: readonly (PlannedObject['verdict'] | undefined)[] = [undefined, 'server', 'schema-only', 'deferred', 'refused']

/** Everything that an adapter said of a plan, in our own shapes. */
export interface CollectedPlan {
  steps: PlanStep[]
  findings: Finding[]
  confirmations: Confirmation[]
  leftovers: ExpectedLeftover[]
  objects: Omit<PlanObjectRow, 'plan' | 'n'>[]
  digest: StoredDigest | undefined
}

export function emptyPlan(): CollectedPlan {
  return { steps: [], findings: [], confirmations: [], leftovers: [], objects: [], digest: undefined }
}

/** Adds one entry; returns the progress text when it was one. */
export function collectEntry(plan: CollectedPlan, { entry }: wire.PlanResponse): string | undefined {
  switch (entry?.$case) {
    case 'step':
      plan.steps.push(toStep(entry.value))
      return undefined
    case 'object':
      plan.objects.push(toObject(entry.value))
      return undefined
    case 'finding':
      plan.findings.push(toFinding(entry.value))
      return undefined
    case 'confirmation':
      plan.confirmations.push({ ...entry.value, objects: entry.value.objects.map(toRef) })
      return undefined
    case 'leftover':
      plan.leftovers.push(toLeftover(entry.value))
      return undefined
    case 'digest':
      plan.digest = entry.value
      return undefined
    case 'progress':
      return entry.value
    case undefined:
      return undefined
  }
}

function toStep(step: wire.PlanStep): PlanStep {
  const { key, title, component, hooks, equivalent } = step
  const release = step.release && toPlannedRelease(step.release)
  return { key, title, component, kind: oneOf(stepKinds, step.kind), hooks, ...dropAbsent({ equivalent, release }) }
}

function toObject(planned: wire.PlannedObject): CollectedPlan['objects'][number] {
  return {
    step: planned.step,
    ...toRef(planned.object),
    change: known(changes[planned.change], 'change'),
    verdict: known(verdicts[planned.verdict], 'verdict'),
    reason: planned.reason || null,
    foreignOwners: planned.foreignOwners,
    before: planned.beforeYaml,
    after: planned.afterYaml,
  }
}

export function toLeftover({ object, description, reason, removeBy }: wire.ExpectedLeftover): ExpectedLeftover {
  return { description, reason, ...dropAbsent({ object, removeBy }) }
}

export function toRef(object: wire.ObjectRef | undefined): ObjectRef {
  return object ?? { apiVersion: '', kind: '', namespace: '', name: '' }
}

function oneOf<const Values extends readonly string[]>(values: Values, text: string): Values[number] {
  return known(
    values.find((value) => value === text),
    text,
  )
}
