import { and, asc, eq, gt, max, sql } from 'drizzle-orm'
import { integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { OperationLogEntry } from '../../contract/operation.js'
import type { ObjectRef } from '../../contract/primitives.js'
import type { Database } from '../database/database.js'
import { operations } from './operation-store.js'

export const operationLog = sqliteTable(
  'operation_log',
  {
    operation: text()
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    n: integer().notNull(),
    at: integer().notNull(),
    step: text().notNull(),
    level: text().$type<OperationLogEntry['level']>().notNull(),
    code: text(),
    message: text().notNull(),
    object: text({ mode: 'json' }).$type<ObjectRef>(),
  },
  (table) => [primaryKey({ columns: [table.operation, table.n] })],
)

export type LogRow = typeof operationLog.$inferSelect
export type OperationLogStore = ReturnType<typeof createOperationLogStore>

const maxEntries = 20_000
const maxMessageLength = 8_000

/** The log of an operation has its own numbering and ends, saying so, after 20,000 entries. */
export function createOperationLogStore({ orm }: Database) {
  return {
    /** Returns the number of the entry, or undefined when the log is full. */
    append: (entry: Omit<typeof operationLog.$inferInsert, 'n'>): number | undefined => {
      const last = orm
        .select({ n: max(operationLog.n) })
        .from(operationLog)
        .where(eq(operationLog.operation, entry.operation))
        .get()
      const n = (last?.n ?? 0) + 1
      if (n > maxEntries) return undefined
      const message = n === maxEntries ? 'The log is full; what follows is not kept.' : entry.message.slice(0, maxMessageLength)
      orm
        .insert(operationLog)
        .values({ ...entry, n, message })
        .run()
      return n
    },
    after: (operation: string, { after, limit }: { after: number; limit: number }): LogRow[] =>
      orm
        .select()
        .from(operationLog)
        .where(and(eq(operationLog.operation, operation), gt(operationLog.n, after)))
        .orderBy(asc(operationLog.n))
        .limit(limit)
        .all(),
    count: (operation: string): number =>
      orm.select({ entries: sql<number>`count(*)` }).from(operationLog).where(eq(operationLog.operation, operation)).get()?.entries ?? 0,
  }
}
