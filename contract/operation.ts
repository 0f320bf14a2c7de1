import { z } from 'zod'
import { ActionRequest } from './plan.js'
import { Failure, Id, ObjectRef, Timestamp } from './primitives.js'

export const OperationState = z.enum([
  'planning',
  'ready',
  'queued',
  'running',
  'waiting-for-approval',
  'interrupted',
  'succeeded',
  'failed',
  'cancelled',
])
export type OperationState = z.infer<typeof OperationState>

export const StepState = z.enum(['pending', 'running', 'succeeded', 'failed', 'skipped', 'cancelled', 'interrupted'])
export type StepState = z.infer<typeof StepState>

export const OperationStep = z
  .strictObject({
    key: z.string(),
    title: z.string(),
    component: z.string(),
    state: StepState,
    startedAt: z.exactOptional(Timestamp),
    endedAt: z.exactOptional(Timestamp),
  })
  .meta({ id: 'OperationStep' })

export type OperationStep = z.infer<typeof OperationStep>

export const OperationVerb = z.enum(['cancel', 'resume', 'retry'])
export type OperationVerb = z.infer<typeof OperationVerb>

/** What is known of the cluster after an operation: as planned or as before, partly changed, or not known. */
export const World = z.enum(['clean', 'partial', 'unknown'])

export const OperationOutcome = z
  .strictObject({
    state: z.enum(['succeeded', 'failed', 'cancelled', 'interrupted']),
    world: World,
    summary: z.exactOptional(z.string()),
    resumeFrom: z.exactOptional(z.string()),
  })
  .meta({ id: 'OperationOutcome' })

export type OperationOutcome = z.infer<typeof OperationOutcome>

export const Operation = z
  .strictObject({
    id: Id,
    /** Of a simulated cluster. */
    simulated: z.boolean(),
    request: ActionRequest,
    state: OperationState,
    steps: z.array(OperationStep),
    outcome: z.exactOptional(OperationOutcome),
    error: z.exactOptional(Failure),
    plan: Id,
    parent: z.exactOptional(Id),
    retryOf: z.exactOptional(Id),
    cancelRequested: z.boolean(),
    /** What may be asked of it in its state: cancel, resume, retry. */
    can: z.array(OperationVerb),
    createdAt: Timestamp,
    startedAt: z.exactOptional(Timestamp),
    endedAt: z.exactOptional(Timestamp),
  })
  .meta({ id: 'Operation' })

export type Operation = z.infer<typeof Operation>

/** Confirmation codes of the plan; `true` accepts all that are not destructive. */
export const Confirm = z.union([z.literal(true), z.array(z.string().max(100)).max(50)])

/** Start a plan, or plan and start in one go. */
export const NewOperation = z
  .union([
    z.strictObject({ plan: Id, confirm: z.exactOptional(Confirm) }),
    z.strictObject({ ...ActionRequest.shape, confirm: z.exactOptional(Confirm) }),
  ])
  .meta({ id: 'NewOperation' })

export type NewOperation = z.infer<typeof NewOperation>

export const OperationLogEntry = z
  .strictObject({
    n: z.int(),
    at: Timestamp,
    step: z.string(),
    level: z.enum(['debug', 'info', 'warning', 'error']),
    code: z.exactOptional(z.string()),
    message: z.string(),
    object: z.exactOptional(ObjectRef),
  })
  .meta({ id: 'OperationLogEntry' })

export type OperationLogEntry = z.infer<typeof OperationLogEntry>

/** A file that an operation handed to the user, such as an export of what it deletes. */
export const OperationArtifact = z
  .strictObject({
    name: z.string(),
    mediaType: z.string(),
    bytes: z.int(),
    sha256: z.string(),
    /** A secret that can be fetched one time, by POST …/take. */
    once: z.boolean(),
    takenAt: z.exactOptional(Timestamp),
    createdAt: Timestamp,
  })
  .meta({ id: 'OperationArtifact' })

export type OperationArtifact = z.infer<typeof OperationArtifact>

/** A mutating request of the operation that passed the broker. */
export const RequestedObject = z
  .strictObject({
    at: Timestamp,
    verb: z.enum(['create', 'update', 'patch', 'delete', 'deletecollection']),
    object: ObjectRef,
    subresource: z.exactOptional(z.string()),
    status: z.int(),
    auditId: z.string(),
  })
  .meta({ id: 'RequestedObject' })

export type RequestedObject = z.infer<typeof RequestedObject>

/** An object that appeared, changed or went while the operation ran, with the reason why it is counted to it. */
export const ObservedObject = z
  .strictObject({
    change: z.enum(['appeared', 'changed', 'went', 'left']),
    object: ObjectRef,
    attribution: z.string(),
  })
  .meta({ id: 'ObservedObject' })

export type ObservedObject = z.infer<typeof ObservedObject>

/** The three lists of what an operation changed; `left` are the leftovers after an uninstall. */
export const OperationObjects = z
  .strictObject({
    requested: z.array(RequestedObject),
    observed: z.array(ObservedObject),
    invisible: z.array(z.strictObject({ description: z.string(), reason: z.string(), removeBy: z.exactOptional(z.string()) })),
    complete: z.boolean(),
    incompleteReason: z.exactOptional(z.string()),
  })
  .meta({ id: 'OperationObjects' })

export type OperationObjects = z.infer<typeof OperationObjects>
