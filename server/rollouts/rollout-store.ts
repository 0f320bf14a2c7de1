import { and, asc, desc, eq, isNull } from 'drizzle-orm'
import { index, integer, primaryKey, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Failure } from '../../contract/primitives.js'
import type { RolloutMode, RolloutState } from '../../contract/rollout.js'
import type { Database } from '../database/database.js'

export const rollouts = sqliteTable(
  'rollouts',
  {
    id: text().primaryKey(),
    cluster: text().notNull(),
    mesh: text().notNull(),
    namespace: text().notNull(),
    revision: text().notNull(),
    version: text().notNull(),
    newRevision: text('new_revision').notNull(),
    mode: text().$type<RolloutMode>().notNull(),
    tag: text(),
    waves: text({ mode: 'json' }).$type<string[][]>().notNull(),
    state: text().$type<RolloutState>().notNull(),
    stage: integer().notNull(),
    // Why the present stage could not even be planned.
    failure: text({ mode: 'json' }).$type<Failure>(),
    simulated: integer('simulated', { mode: 'boolean' }).notNull(),
    createdAt: integer('created_at').notNull(),
    endedAt: integer('ended_at'),
  },
  (table) => [index('rollouts_cluster').on(table.cluster, table.mesh)],
)

/** The newest plan of each stage that was planned. Its operation is the one of that plan: there is never a second one. */
export const rolloutStages = sqliteTable(
  'rollout_stages',
  {
    rollout: text()
      .notNull()
      .references(() => rollouts.id, { onDelete: 'cascade' }),
    position: integer().notNull(),
    plan: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.rollout, table.position] }), index('rollout_stages_plan').on(table.plan)],
)

export type RolloutRow = typeof rollouts.$inferSelect
export type RolloutStore = ReturnType<typeof createRolloutStore>

export function createRolloutStore({ orm }: Database) {
  return {
    insert: (row: typeof rollouts.$inferInsert) => void orm.insert(rollouts).values(row).run(),
    update: (id: string, change: Partial<typeof rollouts.$inferInsert>) =>
      void orm.update(rollouts).set(change).where(eq(rollouts.id, id)).run(),
    find: (id: string): RolloutRow | undefined => orm.select().from(rollouts).where(eq(rollouts.id, id)).get(),
    /** Newest first. */
    list: (of: { cluster?: string | undefined; mesh?: string | undefined }): RolloutRow[] =>
      orm
        .select()
        .from(rollouts)
        .where(
          and(
            of.cluster === undefined ? undefined : eq(rollouts.cluster, of.cluster),
            of.mesh === undefined ? undefined : eq(rollouts.mesh, of.mesh),
          ),
        )
        .orderBy(desc(rollouts.createdAt), desc(rollouts.id))
        .all(),
    /** Those that go on, oldest first. */
    unfinished: (): RolloutRow[] => orm.select().from(rollouts).where(isNull(rollouts.endedAt)).orderBy(asc(rollouts.id)).all(),

    setPlan: (rollout: string, position: number, plan: string) =>
      void orm
        .insert(rolloutStages)
        .values({ rollout, position, plan })
        .onConflictDoUpdate({ target: [rolloutStages.rollout, rolloutStages.position], set: { plan } })
        .run(),
    /** By position; a stage without a plan is missing. */
    plans: (rollout: string): Map<number, string> =>
      new Map(
        orm
          .select()
          .from(rolloutStages)
          .where(eq(rolloutStages.rollout, rollout))
          .all()
          .map(({ position, plan }) => [position, plan]),
      ),
    /** The rollout whose stage has this plan. */
    ofPlan: (plan: string): string | undefined => orm.select().from(rolloutStages).where(eq(rolloutStages.plan, plan)).get()?.rollout,
    /** Whether a rollout is not over and its present stage has none of these plans. */
    goesOnWithout: (rollout: string, plans: (string | undefined)[]): boolean => {
      const row = orm
        .select({ plan: rolloutStages.plan })
        .from(rollouts)
        .leftJoin(rolloutStages, and(eq(rolloutStages.rollout, rollouts.id), eq(rolloutStages.position, rollouts.stage)))
        .where(and(eq(rollouts.id, rollout), isNull(rollouts.endedAt)))
        .get()
      return row !== undefined && (row.plan === null || !plans.includes(row.plan))
    },
    /** Plans that a rollout may still start. */
    openPlans: (): string[] =>
      orm
        .select({ plan: rolloutStages.plan })
        .from(rolloutStages)
        .innerJoin(rollouts, and(eq(rollouts.id, rolloutStages.rollout), eq(rollouts.stage, rolloutStages.position)))
        .where(isNull(rollouts.endedAt))
        .all()
        .map(({ plan }) => plan),
  }
}
