import { asc, eq, or, sql } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Cluster } from '../../contract/cluster.js'
import type { SceneName } from '../../contract/sandbox.js'
import type { Database } from '../database/database.js'

/** Clusters that somebody connected; their state is read anew at each start and not stored. */
export const clusters = sqliteTable('clusters', {
  id: text('id').primaryKey(),
  name: text('name').notNull().unique(),
  server: text('server').notNull(),
  source: text('source').$type<Cluster['source']>().notNull(),
  /** Of a context, its name: the credential itself stays in the kubeconfig file and is read from there at each connection. */
  context: text('context').unique(),
  scope: text('scope', { mode: 'json' }).$type<Cluster['scope']>().notNull(),
  /** Of an upload: a ClusterCredential, sealed. */
  credential: text('credential'),
  /** Of a simulated cluster: what it begins with. */
  scene: text('scene').$type<SceneName>(),
  /** Counts changes of this row, for its ETag. */
  version: integer('version').notNull().default(1),
  createdAt: integer('created_at').notNull(),
  updatedAt: integer('updated_at').notNull(),
})

export type ClusterRow = typeof clusters.$inferSelect
export type NewClusterRow = typeof clusters.$inferInsert
export type ClusterChange = Partial<Pick<ClusterRow, 'name' | 'scope' | 'scene'>>

/** Synchronous, as SQLite is: a verb reads and writes in one transaction without another one between. */
export interface ClusterStore {
  list(): ClusterRow[]
  find(id: string): ClusterRow | undefined
  /** The cluster that already has this name, or stands for this context. */
  findTwin(of: { name: string; context?: string | undefined }): ClusterRow | undefined
  insert(row: NewClusterRow): ClusterRow
  /** The row after it, with its version one higher. The row must be there. */
  update(id: string, change: ClusterChange, now: number): ClusterRow
  delete(id: string): void
}

export function openClusterStore({ orm }: Database): ClusterStore {
  return {
    list: () => orm.select().from(clusters).orderBy(asc(clusters.id)).all(),
    find: (id) => orm.select().from(clusters).where(eq(clusters.id, id)).get(),
    findTwin: ({ name, context }) =>
      orm
        .select()
        .from(clusters)
        .where(context === undefined ? eq(clusters.name, name) : or(eq(clusters.name, name), eq(clusters.context, context)))
        .get(),
    insert: (row) => orm.insert(clusters).values(row).returning().get(),
    update: (id, change, now) =>
      orm
        .update(clusters)
        .set({ ...change, version: sql`${clusters.version} + 1`, updatedAt: now })
        .where(eq(clusters.id, id))
        .returning()
        .get(),
    delete: (id) => void orm.delete(clusters).where(eq(clusters.id, id)).run(),
  }
}
