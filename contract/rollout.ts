import { z } from 'zod'
import { Finding } from './finding.js'
import { Confirm } from './operation.js'
import { Confirmation } from './plan.js'
import { DnsLabel, Failure, Id, MeshId, Timestamp } from './primitives.js'

/**
 * `planning`: the plan of the present stage is made · `waiting-for-approval`: a person reads it · `blocked`: it is refused or
 * could not be made · `running`, `interrupted`: as the operation of the stage is · `stage-failed`: it failed or was cancelled.
 */
export const RolloutState = z.enum([
  'planning',
  'waiting-for-approval',
  'blocked',
  'running',
  'interrupted',
  'stage-failed',
  'succeeded',
  'stopped',
])
export type RolloutState = z.infer<typeof RolloutState>

/** `labels`: each namespace is marked with the new revision. `tag`: a tag that namespaces ask for is pointed at it. */
export const RolloutMode = z.enum(['labels', 'tag'])
export type RolloutMode = z.infer<typeof RolloutMode>

export const RolloutVerb = z.enum(['approve', 'replan', 'stop'])
export type RolloutVerb = z.infer<typeof RolloutVerb>

const Wave = z.array(DnsLabel).min(1).max(100)

/** An upgrade by a second control plane. Without waves, each namespace of the old revision is one, or each that asks for the tag. */
export const NewRollout = z
  .strictObject({
    kind: z.literal('canary'),
    cluster: Id,
    /** The installation to upgrade: by its id, or by mesh, namespace and revision. */
    installation: z.exactOptional(z.string().max(200)),
    mesh: z.exactOptional(MeshId),
    namespace: z.exactOptional(DnsLabel),
    revision: z.exactOptional(DnsLabel),
    version: z
      .string()
      .max(64)
      .regex(/^[0-9A-Za-z.+-]+$/),
    /** Without it: the version with dashes, such as 1-30-3. */
    newRevision: z.exactOptional(DnsLabel),
    mode: RolloutMode,
    tag: z.exactOptional(DnsLabel),
    waves: z.exactOptional(z.array(Wave).max(100)),
  })
  .meta({ id: 'NewRollout' })

export type NewRollout = z.infer<typeof NewRollout>

export const StageState = z.enum([
  'pending',
  'planning',
  'waiting-for-approval',
  'blocked',
  'running',
  'interrupted',
  'failed',
  'succeeded',
  'stopped',
])
export type StageState = z.infer<typeof StageState>

/** One operation of a rollout, before and after it exists. */
export const RolloutStage = z
  .strictObject({
    position: z.int(),
    action: z.string(),
    title: z.string(),
    /** Whose workloads it restarts; empty for stages of the control plane. */
    namespaces: z.array(z.string()),
    state: StageState,
    plan: z.exactOptional(Id),
    /** The newest; of a stage that was planned again, the one that failed. */
    operation: z.exactOptional(Id),
  })
  .meta({ id: 'RolloutStage' })

export type RolloutStage = z.infer<typeof RolloutStage>

/** The plan that is to be approved, or that is refused: what speaks against it, and what must be confirmed. */
export const Approval = z
  .strictObject({ plan: Id, findings: z.array(Finding), confirmations: z.array(Confirmation) })
  .meta({ id: 'Approval' })

/** A parent of operations, one for each stage, with a person's approval before each; days may lie between them. */
export const Rollout = z
  .strictObject({
    id: Id,
    kind: z.literal('canary'),
    /** In a simulated cluster. */
    simulated: z.boolean(),
    cluster: Id,
    mesh: MeshId,
    namespace: z.string(),
    /** The one that is there when it begins. */
    revision: z.string(),
    version: z.string(),
    newRevision: z.string(),
    mode: RolloutMode,
    tag: z.exactOptional(z.string()),
    state: RolloutState,
    /** The position of the present stage. */
    stage: z.int(),
    stages: z.array(RolloutStage),
    approval: z.exactOptional(Approval),
    /** Why the present stage has no plan, or why its operation failed. */
    failure: z.exactOptional(Failure),
    /** Which control planes stand now, and who is with which. */
    standing: z.string(),
    /** What to do about what a stopped rollout left. */
    remedy: z.exactOptional(z.string()),
    can: z.array(RolloutVerb),
    createdAt: Timestamp,
    endedAt: z.exactOptional(Timestamp),
  })
  .meta({ id: 'Rollout' })

export type Rollout = z.infer<typeof Rollout>

/** Which plan was read: an approval of another one than the present is refused. */
export const NewApproval = z.strictObject({ plan: Id, confirm: z.exactOptional(Confirm) }).meta({ id: 'NewApproval' })

export type NewApproval = z.infer<typeof NewApproval>
