import { z } from 'zod'
import { Timestamp } from './primitives.js'

/** Every kind of numbered event; the subject id is the id of the resource that changed. */
export const eventKinds = [
  'cluster.added',
  'cluster.changed',
  'cluster.removed',
  'installation.changed',
  'membership.changed',
  'adapter.changed',
  'plan.changed',
  'operation.changed',
  'rollout.changed',
  'checks.done',
] as const

export const EventKind = z.enum(eventKinds)
export type EventKind = z.infer<typeof EventKind>

/** One fact, numbered, never changed. */
export const Event = z
  .strictObject({
    id: z.int(),
    at: Timestamp,
    kind: EventKind,
    level: z.enum(['info', 'warning', 'error']),
    cluster: z.exactOptional(z.string()),
    /** Of a simulated cluster, also when that is gone by now. */
    simulated: z.boolean(),
    subject: z.string(),
    message: z.string(),
    data: z.record(z.string(), z.json()),
  })
  .meta({ id: 'Event' })

export type Event = z.infer<typeof Event>

/** News that passes: sent to those who listen now, without an id, and never kept. The subject is as in an event. */
export const Tick = z
  .strictObject({ topic: z.enum(['operation.log']), subject: z.string(), data: z.record(z.string(), z.json()) })
  .meta({ id: 'Tick' })

export type Tick = z.infer<typeof Tick>
