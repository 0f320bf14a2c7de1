import { createHash } from 'node:crypto'
import { and, asc, count, eq, isNotNull } from 'drizzle-orm'
import { blob, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Database } from '../database/database.js'
import type { SecretBox } from '../database/secrets.js'
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
    // A secret: its parts are sealed, and deleted when it was fetched.
    once: integer({ mode: 'boolean' }).notNull().default(false),
    takenAt: integer('taken_at'),
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
  once: boolean
  content: Buffer
}

/** Files that operations handed over, in the parts in which they came. Only whole ones are listed and read. */
export function createOperationArtifactStore({ orm }: Database, secrets: SecretBox) {
  const partsOf = (operation: string, name: string) =>
    and(eq(operationArtifactParts.operation, operation), eq(operationArtifactParts.name, name))
  const row = (operation: string, name: string) => and(eq(operationArtifacts.operation, operation), eq(operationArtifacts.name, name))
  const place = (operation: string, name: string) => ({ table: 'operation_artifact_parts', column: 'content', row: `${operation}/${name}` })
  const isOnce = (operation: string, name: string) =>
    orm.select({ once: operationArtifacts.once }).from(operationArtifacts).where(row(operation, name)).get()?.once ?? false
  const content = (operation: string, name: string): Buffer[] => {
    const isSealed = isOnce(operation, name)
    return orm
      .select({ content: operationArtifactParts.content })
      .from(operationArtifactParts)
      .where(partsOf(operation, name))
      .orderBy(asc(operationArtifactParts.n))
      .all()
      .map((part) => (isSealed ? Buffer.from(secrets.open(part.content.toString(), place(operation, name)), 'base64') : part.content))
  }
  return {
    content,
    append: ({ operation, name, mediaType, once, content: part }: ArtifactPart) => {
      orm.insert(operationArtifacts).values({ operation, name, mediaType, once, createdAt: Date.now() }).onConflictDoNothing().run()
      const known = orm.select({ parts: count() }).from(operationArtifactParts).where(partsOf(operation, name)).get()?.parts ?? 0
      const sealed = Buffer.from(secrets.seal(part.toString('base64'), place(operation, name)))
      orm
        .insert(operationArtifactParts)
        .values({ operation, name, n: known + 1, content: once ? sealed : part })
        .run()
    },
    /** Forgets the content of a file that is handed out one time. */
    take: (operation: string, name: string) => {
      orm.delete(operationArtifactParts).where(partsOf(operation, name)).run()
      orm.update(operationArtifacts).set({ takenAt: Date.now() }).where(row(operation, name)).run()
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
