import { and, asc, count, eq, gt, inArray, lt, notInArray } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Finding } from '../../contract/finding.js'
import type { ActionRequest, Confirmation, ExpectedLeftover, Plan, PlannedObject, PlanStep } from '../../contract/plan.js'
import type { Failure } from '../../contract/primitives.js'
import type { Database } from '../database/database.js'

/** What a plan was made on; the adapter refuses to start when it is no longer true. */
export interface StoredDigest {
  inputs: string
  preconditions: { kind: string; key: string; value: string }[]
}

export const plans = sqliteTable('plans', {
  id: text().primaryKey(),
  cluster: text().notNull(),
  // Without what is secret; stored-request.ts opens the rest.
  request: text({ mode: 'json' }).$type<ActionRequest>().notNull(),
  sealedParameters: text('sealed_parameters'),
  state: text().$type<Plan['state']>().notNull(),
  progress: text(),
  failure: text({ mode: 'json' }).$type<Failure>(),
  steps: text({ mode: 'json' }).$type<PlanStep[]>().notNull(),
  findings: text({ mode: 'json' }).$type<Finding[]>().notNull(),
  confirmations: text({ mode: 'json' }).$type<Confirmation[]>().notNull(),
  leftovers: text({ mode: 'json' }).$type<ExpectedLeftover[]>().notNull(),
  digest: text({ mode: 'json' }).$type<StoredDigest>(),
  simulated: integer('simulated', { mode: 'boolean' }).notNull().default(false),
  retryOf: text('retry_of'),
  // The rollout that it was made for, or that the operation belongs to which it retries.
  parent: text(),
  createdAt: integer('created_at').notNull(),
  readyAt: integer('ready_at'),
})

export const planObjects = sqliteTable(
  'plan_objects',
  {
    plan: text()
      .notNull()
      .references(() => plans.id, { onDelete: 'cascade' }),
    n: integer().notNull(),
    step: text().notNull(),
    apiVersion: text('api_version').notNull(),
    kind: text().notNull(),
    namespace: text().notNull(),
    name: text().notNull(),
    change: text().$type<PlannedObject['change']>().notNull(),
    verdict: text().$type<PlannedObject['verdict']>().notNull(),
    reason: text(),
    foreignOwners: text('foreign_owners', { mode: 'json' }).$type<string[]>().notNull(),
    before: text().notNull(),
    after: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.plan, table.n] }), index('plan_objects_change').on(table.plan, table.change)],
)

export type PlanRow = typeof plans.$inferSelect
export type PlanObjectRow = typeof planObjects.$inferSelect
export type PlanStore = ReturnType<typeof createPlanStore>

const maxAgeMs = 7 * 24 * 3_600_000

export function createPlanStore({ orm }: Database) {
  return {
    insert: (row: typeof plans.$inferInsert) => void orm.insert(plans).values(row).run(),
    update: (id: string, change: Partial<typeof plans.$inferInsert>) => void orm.update(plans).set(change).where(eq(plans.id, id)).run(),
    find: (id: string): PlanRow | undefined => orm.select().from(plans).where(eq(plans.id, id)).get(),
    insertObjects: (rows: (typeof planObjects.$inferInsert)[]) => {
      for (const row of rows) orm.insert(planObjects).values(row).run()
    },
    objects: (plan: string, { after, limit }: { after: number; limit: number }): PlanObjectRow[] =>
      orm
        .select()
        .from(planObjects)
        .where(and(eq(planObjects.plan, plan), gt(planObjects.n, after)))
        .orderBy(asc(planObjects.n))
        .limit(limit)
        .all(),
    object: (plan: string, n: number): PlanObjectRow | undefined =>
      orm
        .select()
        .from(planObjects)
        .where(and(eq(planObjects.plan, plan), eq(planObjects.n, n)))
        .get(),
    countByChange: (plan: string): { change: PlannedObject['change']; objects: number }[] =>
      orm
        .select({ change: planObjects.change, objects: count() })
        .from(planObjects)
        .where(eq(planObjects.plan, plan))
        .groupBy(planObjects.change)
        .all(),
    /** Plans that were being made when the server ended. */
    unfinished: (): PlanRow[] => orm.select().from(plans).where(eq(plans.state, 'planning')).all(),
    /** Drops the objects of plans older than a week, but for those that may still be started; operations keep their own record. */
    prune: (now: number, open: string[]) => {
      const old = orm
        .select({ id: plans.id })
        .from(plans)
        .where(and(lt(plans.createdAt, now - maxAgeMs), notInArray(plans.id, open)))
      orm.delete(planObjects).where(inArray(planObjects.plan, old)).run()
    },
  }
}
