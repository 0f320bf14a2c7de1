import { and, eq, lt } from 'drizzle-orm'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Database } from '../database/database.js'

/** Answers that were given to calls with an Idempotency-Key; hashes stand for the key and for the body. */
export const idempotentAnswers = sqliteTable(
  'idempotent_answers',
  {
    route: text('route').notNull(),
    keyHash: text('key_hash').notNull(),
    bodyHash: text('body_hash').notNull(),
    status: integer('status').notNull(),
    location: text('location'),
    body: text('body', { mode: 'json' }).$type<unknown>().notNull(),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.route, table.keyHash] })],
)

export type IdempotentAnswer = typeof idempotentAnswers.$inferSelect

/** Rows are written in the transaction of the work that they answer for. */
export interface IdempotencyStore {
  find(route: string, keyHash: string): IdempotentAnswer | undefined
  insert(answer: IdempotentAnswer): void
  deleteOlderThan(createdAt: number): void
}

export function openIdempotencyStore({ orm }: Database): IdempotencyStore {
  const table = idempotentAnswers
  return {
    find: (route, keyHash) =>
      orm
        .select()
        .from(table)
        .where(and(eq(table.route, route), eq(table.keyHash, keyHash)))
        .get(),
    insert: (answer) => void orm.insert(table).values(answer).run(),
    deleteOlderThan: (createdAt) => void orm.delete(table).where(lt(table.createdAt, createdAt)).run(),
  }
}
