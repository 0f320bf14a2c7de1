import { z } from 'zod'

/** Query of every list: at most 500 items a page; the cursor is opaque. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.exactOptional(z.string().max(500)),
})

export type PageQuery = z.infer<typeof PageQuery>

/** `{items, next?, total?}`: the shape of every list answer. */
export function pageOf<Item extends z.ZodType>(item: Item, id: string) {
  return z.strictObject({ items: z.array(item), next: z.exactOptional(z.string()), total: z.exactOptional(z.int()) }).meta({ id })
}
