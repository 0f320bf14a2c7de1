import { z } from 'zod'

/** RFC 9457 problem document: what happened, why, what to do. `title` is a sentence that a user can act on. */
export const Problem = z
  .strictObject({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string(),
    detail: z.exactOptional(z.string()),
    cause: z.exactOptional(z.string()),
    remedy: z.exactOptional(z.string()),
    docs: z.exactOptional(z.string()),
    errors: z.exactOptional(z.array(z.strictObject({ pointer: z.string(), message: z.string() }))),
    current: z.exactOptional(z.unknown().meta({ description: 'The object as it is now, in a 412 answer' })),
    requestId: z.exactOptional(z.string()),
  })
  .meta({ id: 'Problem' })

export type Problem = z.infer<typeof Problem>
