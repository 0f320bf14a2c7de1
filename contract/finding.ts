import { z } from 'zod'
import { ObjectRef } from './primitives.js'

/** One result of a check. `error` findings refuse an action, `warning` ones do not. */
export const Finding = z
  .strictObject({
    code: z.string(),
    severity: z.enum(['info', 'warning', 'error']),
    message: z.string(),
    cause: z.exactOptional(z.string()),
    remedy: z.exactOptional(z.string()),
    docs: z.exactOptional(z.string()),
    object: z.exactOptional(ObjectRef),
  })
  .meta({ id: 'Finding' })

export type Finding = z.infer<typeof Finding>
