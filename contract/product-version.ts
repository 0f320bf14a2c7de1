import { z } from 'zod'

export const ProductVersion = z
  .strictObject({
    version: z.string(),
    commit: z.string(),
    channel: z.enum(['stable', 'edge']),
    latest: z.exactOptional(z.string()),
    updateAvailable: z.exactOptional(z.boolean()),
  })
  .meta({ id: 'ProductVersion' })

export type ProductVersion = z.infer<typeof ProductVersion>
