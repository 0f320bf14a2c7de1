import { and, asc, desc, eq, inArray, isNotNull, lt, or, sql } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { OperationOutcome, OperationState, StepState } from '../../contract/operation.js'
import type { ActionRequest } from '../../contract/plan.js'
import type { Failure } from '../../contract/primitives.js'
import type { Database } from '../database/database.js'
import { plans } from './plan-store.js'

export const operations = sqliteTable(
  'operations',
  {
    id: text().primaryKey(),
    cluster: text().notNull(),
    mesh: text().notNull(),
    request: text({ mode: 'json' }).$type<ActionRequest>().notNull(),
    plan: text()
      .notNull()
      .references(() => plans.id),
    state: text().$type<OperationState>().notNull(),
    outcome: text({ mode: 'json' }).$type<OperationOutcome>(),
    error: text({ mode: 'json' }).$type<Failure>(),
    confirmed: text({ mode: 'json' }).$type<string[] | true>().notNull(),
    cancelRequested: integer('cancel_requested', { mode: 'boolean' }).notNull().default(false),
    /** The rollout that it is a stage of. */
    parent: text(),
    // For the same on many clusters; no feature writes these two yet.
    groupId: text('group_id'),
    dependsOn: text('depends_on', { mode: 'json' }).$type<string[]>(),
    simulated: integer('simulated', { mode: 'boolean' }).notNull().default(false),
    retryOf: text('retry_of'),
    // The last entry of the adapter that is stored here.
    incarnation: text().notNull().default(''),
    lastN: integer('last_n').notNull().default(0),
    createdAt: integer('created_at').notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
  },
  (table) => [
    index('operations_state').on(table.state),
    index('operations_cluster').on(table.cluster, table.mesh),
    index('operations_plan').on(table.plan),
    index('operations_retry_of').on(table.retryOf),
  ],
)

export const operationSteps = sqliteTable(
  'operation_steps',
  {
    operation: text()
      .notNull()
      .references(() => operations.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    key: text().notNull(),
    title: text().notNull(),
    component: text().notNull(),
    state: text().$type<StepState>().notNull(),
    startedAt: integer('started_at'),
    endedAt: integer('ended_at'),
  },
  (table) => [primaryKey({ columns: [table.operation, table.key] })],
)

export const operationLocks = sqliteTable('operation_locks', {
  key: text().primaryKey(),
  operation: text()
    .notNull()
    .references(() => operations.id, { onDelete: 'cascade' }),
})

export type OperationRow = typeof operations.$inferSelect
export type StepRow = typeof operationSteps.$inferSelect
export type OperationStore = ReturnType<typeof createOperationStore>

export interface OperationFilter {
  cluster?: string | undefined
  mesh?: string | undefined
  state?: OperationState | undefined
}

// Actions that bring parts of a mesh about, move or remove them.
const lifeActions = ['install', 'upgrade', 'canary', 'point-tag', 'retire', 'uninstall']

export function createOperationStore({ orm }: Database) {
  const stepOf = (operation: string, key: string) => and(eq(operationSteps.operation, operation), eq(operationSteps.key, key))
  return {
    insert: (row: typeof operations.$inferInsert) => void orm.insert(operations).values(row).run(),
    update: (id: string, change: Partial<typeof operations.$inferInsert>) =>
      void orm.update(operations).set(change).where(eq(operations.id, id)).run(),
    find: (id: string): OperationRow | undefined => orm.select().from(operations).where(eq(operations.id, id)).get(),
    /** There is at most one: a plan is started once. */
    ofPlan: (plan: string): OperationRow | undefined => orm.select().from(operations).where(eq(operations.plan, plan)).get(),
    /** The newest that was planned as a retry of another one. */
    retryOf: (operation: string): OperationRow | undefined =>
      orm.select().from(operations).where(eq(operations.retryOf, operation)).orderBy(desc(operations.id)).limit(1).get(),
    insertSteps: (rows: (typeof operationSteps.$inferInsert)[]) => {
      for (const row of rows) orm.insert(operationSteps).values(row).onConflictDoNothing().run()
    },
    updateStep: (operation: string, key: string, change: Partial<typeof operationSteps.$inferInsert>) =>
      void orm.update(operationSteps).set(change).where(stepOf(operation, key)).run(),
    steps: (operation: string): StepRow[] =>
      orm.select().from(operationSteps).where(eq(operationSteps.operation, operation)).orderBy(asc(operationSteps.position)).all(),

    /** Newest first; `before` is the (createdAt, id) of the last row of the page before. */
    list: (
      filter: OperationFilter,
      { before, limit }: { before?: { createdAt: number; id: string } | undefined; limit: number },
    ): OperationRow[] =>
      orm
        .select()
        .from(operations)
        .where(
          and(
            filter.cluster === undefined ? undefined : eq(operations.cluster, filter.cluster),
            filter.mesh === undefined ? undefined : eq(operations.mesh, filter.mesh),
            filter.state === undefined ? undefined : eq(operations.state, filter.state),
            before &&
              or(lt(operations.createdAt, before.createdAt), and(eq(operations.createdAt, before.createdAt), lt(operations.id, before.id))),
          ),
        )
        .orderBy(desc(operations.createdAt), desc(operations.id))
        .limit(limit)
        .all(),
    inStates: (states: OperationState[]): OperationRow[] => orm.select().from(operations).where(inArray(operations.state, states)).all(),
    /** What began of installs, upgrades and uninstalls of one revision of a mesh in a cluster, or of all, oldest first. */
    lifeOf: (of: { cluster: string; mesh: string; revision: string | undefined }): OperationRow[] =>
      orm
        .select()
        .from(operations)
        .where(
          and(
            eq(operations.cluster, of.cluster),
            eq(operations.mesh, of.mesh),
            isNotNull(operations.startedAt),
            inArray(sql`json_extract(${operations.request}, '$.action')`, lifeActions),
            of.revision === undefined ? undefined : sql`coalesce(json_extract(${operations.request}, '$.revision'), '') = ${of.revision}`,
          ),
        )
        .orderBy(asc(operations.createdAt), asc(operations.id))
        .all(),

    /** The operation that holds one of the keys, if any. */
    lockHolder: (keys: string[]): string | undefined =>
      orm.select().from(operationLocks).where(inArray(operationLocks.key, keys)).limit(1).get()?.operation,
    lock: (operation: string, keys: string[]) => {
      for (const key of keys) orm.insert(operationLocks).values({ key, operation }).run()
    },
    unlock: (operation: string) => void orm.delete(operationLocks).where(eq(operationLocks.operation, operation)).run(),
  }
}
