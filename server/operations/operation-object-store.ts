import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import { and, asc, eq } from 'drizzle-orm'
import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { z } from 'zod'
import type { ObservedObject, RequestedObject } from '../../contract/operation.js'
import type { Database } from '../database/database.js'
import { AppError } from '../errors.js'
import { operations } from './operation-store.js'

const operationColumn = () =>
  text()
    .notNull()
    .references(() => operations.id, { onDelete: 'cascade' })

export const operationRequested = sqliteTable(
  'operation_requested',
  {
    operation: operationColumn(),
    n: integer().notNull(),
    at: integer().notNull(),
    verb: text().$type<RequestedObject['verb']>().notNull(),
    apiVersion: text('api_version').notNull(),
    kind: text().notNull(),
    namespace: text().notNull(),
    name: text().notNull(),
    subresource: text(),
    status: integer().notNull(),
    auditId: text('audit_id').notNull(),
  },
  (table) => [primaryKey({ columns: [table.operation, table.n] })],
)

export const operationObserved = sqliteTable(
  'operation_observed',
  {
    operation: operationColumn(),
    n: integer().notNull(),
    change: text().$type<ObservedObject['change']>().notNull(),
    apiVersion: text('api_version').notNull(),
    kind: text().notNull(),
    namespace: text().notNull(),
    name: text().notNull(),
    attribution: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.operation, table.n] })],
)

/** Listings of all objects, gzipped JSON with the SHA-256 of the JSON: a damaged one is refused, not guessed from. */
export const operationSnapshots = sqliteTable(
  'operation_snapshots',
  {
    operation: operationColumn(),
    phase: text().$type<'before' | 'after'>().notNull(),
    takenAt: integer('taken_at').notNull(),
    objects: blob({ mode: 'buffer' }).notNull(),
    sha256: text().notNull(),
    unreadable: text({ mode: 'json' }).$type<{ kind: string; reason: string }[]>().notNull(),
  },
  (table) => [primaryKey({ columns: [table.operation, table.phase] })],
)

export const SnapshotObject = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  resourceVersion: z.string(),
  generation: z.number(),
  deleting: z.boolean(),
  labels: z.record(z.string(), z.string()),
  annotations: z.record(z.string(), z.string()),
  owners: z.array(z.object({ kind: z.string(), name: z.string(), uid: z.string() })),
  managers: z.array(z.string()),
})

export type SnapshotObject = z.infer<typeof SnapshotObject>

export interface StoredSnapshot {
  objects: SnapshotObject[]
  unreadable: { kind: string; reason: string }[]
}

export type OperationObjectStore = ReturnType<typeof createOperationObjectStore>

export function createOperationObjectStore({ orm }: Database) {
  return {
    insertRequested: (row: typeof operationRequested.$inferInsert) => void orm.insert(operationRequested).values(row).run(),
    requested: (operation: string) =>
      orm.select().from(operationRequested).where(eq(operationRequested.operation, operation)).orderBy(asc(operationRequested.n)).all(),
    replaceObserved: (operation: string, observed: ObservedObject[]) => {
      orm.delete(operationObserved).where(eq(operationObserved.operation, operation)).run()
      observed.forEach(({ change, object, attribution }, n) => {
        orm
          .insert(operationObserved)
          .values({ operation, n, change, ...object, attribution })
          .run()
      })
    },
    observed: (operation: string) =>
      orm.select().from(operationObserved).where(eq(operationObserved.operation, operation)).orderBy(asc(operationObserved.n)).all(),
    /** The first listing of a phase is kept: a resumed operation still compares with the world before it began. */
    insertSnapshot: (operation: string, phase: 'before' | 'after', snapshot: StoredSnapshot) => {
      const json = JSON.stringify(snapshot.objects.map((object) => SnapshotObject.parse(object)))
      const row = { objects: gzipSync(json), sha256: sha256(json), unreadable: snapshot.unreadable, takenAt: Date.now() }
      const insert = orm.insert(operationSnapshots).values({ operation, phase, ...row })
      if (phase === 'before') insert.onConflictDoNothing().run()
      else insert.onConflictDoUpdate({ target: [operationSnapshots.operation, operationSnapshots.phase], set: row }).run()
    },
    snapshot: (operation: string, phase: 'before' | 'after'): StoredSnapshot | undefined => {
      const row = orm
        .select()
        .from(operationSnapshots)
        .where(and(eq(operationSnapshots.operation, operation), eq(operationSnapshots.phase, phase)))
        .get()
      if (row === undefined) return undefined
      const json = gunzipSync(row.objects).toString()
      if (sha256(json) !== row.sha256) {
        throw new AppError('internal', 'A stored object listing was changed on disk, so it is not used.', {
          remedy: 'Restore the database from a backup.',
        })
      }
      return { objects: z.array(SnapshotObject).parse(JSON.parse(json)), unreadable: row.unreadable }
    },
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
