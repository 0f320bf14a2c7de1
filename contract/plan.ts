import { z } from 'zod'
import { Finding } from './finding.js'
import { Parameters } from './parameters.js'
import { DnsLabel, Failure, Id, MeshId, ObjectRef, Timestamp } from './primitives.js'

export const ActionKey = z
  .string()
  .max(60)
  .regex(/^[a-z][a-z0-9-]*$/, 'must be an action key such as install')

const callFields = {
  cluster: Id,
  mesh: MeshId,
  action: ActionKey,
  installation: z.exactOptional(z.string().max(200)),
  version: z.exactOptional(
    z
      .string()
      .max(64)
      .regex(/^[0-9A-Za-z.+-]+$/),
  ),
  namespace: z.exactOptional(DnsLabel),
  revision: z.exactOptional(DnsLabel),
  ...Parameters.shape,
}

/** What is asked of a mesh on a cluster; the body of POST /plans and the one-go form of POST /operations. */
export const ActionRequest = z.strictObject(callFields).meta({ id: 'ActionRequest' })
export type ActionRequest = z.infer<typeof ActionRequest>

/** A helm release as a plan brings it about, complete enough for another tool to do the same. Values are YAML texts. */
export const PlannedRelease = z
  .strictObject({
    name: z.string(),
    namespace: z.string(),
    chart: z.string(),
    chartVersion: z.string(),
    /** The project's own repository, wherever the package comes from. */
    repository: z.exactOptional(z.string()),
    values: z.string(),
    /** What the release has now; absent when there is none. */
    valuesBefore: z.exactOptional(z.string()),
    /** From `valuesBefore` to `values`; empty when nothing changes. */
    valuesDiff: z.exactOptional(z.string()),
    /** Paths of values that are secret: they stand in none of the texts. */
    withheld: z.array(z.string()),
  })
  .meta({ id: 'PlannedRelease' })

export type PlannedRelease = z.infer<typeof PlannedRelease>

/** The tools that a plan can be handed to. */
export const ExportFormat = z.enum(['helm', 'argo-cd', 'flux'])
export type ExportFormat = z.infer<typeof ExportFormat>

export const PlanStep = z
  .strictObject({
    key: z.string(),
    title: z.string(),
    component: z.string(),
    kind: z.enum(['helm', 'manifests', 'wait', 'leave-mesh']),
    hooks: z.array(z.string()),
    equivalent: z.exactOptional(z.string()),
    release: z.exactOptional(PlannedRelease),
  })
  .meta({ id: 'PlanStep' })

export type PlanStep = z.infer<typeof PlanStep>

export const Confirmation = z
  .strictObject({ code: z.string(), text: z.string(), destructive: z.boolean(), objects: z.array(ObjectRef) })
  .meta({ id: 'Confirmation' })

export type Confirmation = z.infer<typeof Confirmation>

export const ExpectedLeftover = z
  .strictObject({
    object: z.exactOptional(ObjectRef),
    description: z.string(),
    reason: z.string(),
    removeBy: z.exactOptional(z.string()),
  })
  .meta({ id: 'ExpectedLeftover' })

export type ExpectedLeftover = z.infer<typeof ExpectedLeftover>

export const Change = z.enum(['create', 'update', 'delete', 'keep'])
export const Verdict = z.enum(['server', 'schema-only', 'deferred', 'refused'])

/** One object of a plan, without its diff: `n` addresses /plans/{id}/objects/{n}. */
export const PlannedObject = z
  .strictObject({
    n: z.int(),
    step: z.string(),
    object: ObjectRef,
    change: Change,
    verdict: Verdict,
    reason: z.exactOptional(z.string()),
    foreignOwners: z.array(z.string()),
  })
  .meta({ id: 'PlannedObject' })

export type PlannedObject = z.infer<typeof PlannedObject>

export const PlannedObjectDiff = z
  .strictObject({ ...PlannedObject.shape, before: z.string(), after: z.string(), diff: z.string() })
  .meta({ id: 'PlannedObjectDiff' })

export type PlannedObjectDiff = z.infer<typeof PlannedObjectDiff>

export const Plan = z
  .strictObject({
    id: Id,
    /** For a simulated cluster. */
    simulated: z.boolean(),
    request: ActionRequest,
    state: z.enum(['planning', 'ready', 'refused', 'failed']),
    progress: z.exactOptional(z.string()),
    failure: z.exactOptional(Failure),
    steps: z.array(PlanStep),
    findings: z.array(Finding),
    confirmations: z.array(Confirmation),
    leftovers: z.array(ExpectedLeftover),
    objectCount: z.int(),
    changes: z.strictObject({ create: z.int(), update: z.int(), delete: z.int(), keep: z.int() }),
    retryOf: z.exactOptional(Id),
    createdAt: Timestamp,
    readyAt: z.exactOptional(Timestamp),
  })
  .meta({ id: 'Plan' })

export type Plan = z.infer<typeof Plan>
