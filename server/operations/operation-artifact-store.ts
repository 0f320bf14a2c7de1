import { createHash } from 'node:crypto'
import { and, asc, count, eq, isNotNull } from 'drizzle-orm'
import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Database } from '../database/database.js'
import { operations } from './operation-store.js'

export const operationArtifacts = sqliteTable(
  'operation_artifacts',
  {
    operation: text()
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    mediaType: text('media_type').notNull(),
    // Of the whole content; null until its last part has come and both sides have the same sum.
    sha256: text(),
    bytes: integer().notNull().default(0),
    createdAt: integer('created_at').notNull(),
  },
  (table) => [primaryKey({ columns: [table.operation, table.name] })],
)

export const operationArtifactParts = sqliteTable(
  'operation_artifact_parts',
  {
    operation: text()
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    name: text().notNull(),
    n: integer().notNull(),
    content: blob({ mode: 'buffer' }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.operation, table.name, table.n] })],
)

export type ArtifactRow = typeof operationArtifacts.$inferSelect
export type OperationArtifactStore = ReturnType<typeof createOperationArtifactStore>

/** A part of a file, as it came. */
export interface ArtifactPart {
  operation: string
  name: string
  mediaType: string
  content: Buffer
}

/** Files that operations handed over, in the parts in which they came. Only whole ones are listed and read. */
export function createOperationArtifactStore({ orm }: Database) {
  const partsOf = (operation: string, name: string) =>
    and(eq(operationArtifactParts.operation, operation), eq(operationArtifactParts.name, name))
  const row = (operation: string, name: string) => and(eq(operationArtifacts.operation, operation), eq(operationArtifacts.name, name))
  const content = (operation: string, name: string): Buffer[] =>
    orm
      .select({ content: operationArtifactParts.content })
      .from(operationArtifactParts)
      .where(partsOf(operation, name))
      .orderBy(asc(operationArtifactParts.n))
      .all()
      .map((part) => part.content)
  return {
    content,
    append: ({ operation, name, mediaType, content: part }: ArtifactPart) => {
      orm.insert(operationArtifacts).values({ operation, name, mediaType, createdAt: Date.now() }).onConflictDoNothing().run()
      const known = orm.select({ parts: count() }).from(operationArtifactParts).where(partsOf(operation, name)).get()?.parts ?? 0
      orm
        .insert(operationArtifactParts)
        .values({ operation, name, n: known + 1, content: part })
        .run()
    },
    /** Marks a file as whole when what is stored has this sum; answers whether it has. */
    complete: (operation: string, name: string, sha256: string): boolean => {
      const hash = createHash('sha256')
      let bytes = 0
      for (const part of content(operation, name)) {
        hash.update(part)
        bytes += part.byteLength
      }
      if (hash.digest('hex') !== sha256) return false
      orm.update(operationArtifacts).set({ sha256, bytes }).where(row(operation, name)).run()
      return true
    },
    list: (operation: string): ArtifactRow[] =>
      orm
        .select()
        .from(operationArtifacts)
        .where(and(eq(operationArtifacts.operation, operation), isNotNull(operationArtifacts.sha256)))
        .orderBy(asc(operationArtifacts.createdAt), asc(operationArtifacts.name))
        .all(),
    find: (operation: string, name: string): ArtifactRow | undefined =>
      orm
        .select()
        .from(operationArtifacts)
        .where(and(row(operation, name), isNotNull(operationArtifacts.sha256)))
        .get(),
  }
}
