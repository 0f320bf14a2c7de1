import { z } from 'zod'

/** What a simulated cluster begins with. */
export const SceneName = z.enum(['applications', 'three-meshes', 'empty'])
export type SceneName = z.infer<typeof SceneName>

/** For who names none. */
export const defaultScene: SceneName = 'applications'

/** One way in which a simulated cluster misbehaves; the first rule that fits a request acts. */
export const FaultRule = z
  .strictObject({
    /** error: 5xx · gone: 410 · throttle: 429 · reset: the connection is cut · stall and latency: it waits · lose-watch: a watch ends early. */
    fault: z.enum(['error', 'gone', 'throttle', 'reset', 'stall', 'latency', 'lose-watch']),
    verbs: z.exactOptional(z.array(z.enum(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'])).min(1)),
    /** Plural of the resource, such as pods. */
    resource: z.exactOptional(z.string().max(100)),
    status: z.exactOptional(z.int().min(500).max(599)),
    delayMs: z.exactOptional(z.int().min(1).max(120_000)),
    retryAfterSeconds: z.exactOptional(z.int().min(1).max(600)),
    probability: z.exactOptional(z.number().min(0).max(1)),
    /** Then the rule is spent. */
    times: z.exactOptional(z.int().min(1).max(1_000_000)),
  })
  .meta({ id: 'FaultRule' })

/** The same seed and the same requests give the same faults. */
export const FaultScript = z
  .strictObject({ seed: z.int().min(0).max(2_147_483_647), rules: z.array(FaultRule).max(50) })
  .meta({ id: 'FaultScript' })

export type FaultRule = z.infer<typeof FaultRule>
export type FaultScript = z.infer<typeof FaultScript>

/** A simulated cluster: nothing in it is a measurement of a mesh. */
export const SandboxState = z
  .strictObject({
    simulated: z.literal(true),
    scene: SceneName,
    scenes: z.array(z.strictObject({ name: SceneName, title: z.string() })),
    objects: z.int(),
    resourceVersion: z.string(),
    faults: z.exactOptional(FaultScript),
  })
  .meta({ id: 'SandboxState' })

export type SandboxState = z.infer<typeof SandboxState>

export const SandboxReset = z.strictObject({ scene: z.exactOptional(SceneName) }).meta({ id: 'SandboxReset' })
