import { and, asc, desc, eq, gt, inArray, lte, type SQL } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Event, EventKind } from '../../contract/event.js'
import type { Database } from '../database/database.js'

/** Ids rise and are never used again: a client's position stays true over restarts and pruning. */
export const events = sqliteTable(
  'events',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    at: integer('at').notNull(),
    kind: text('kind').$type<EventKind>().notNull(),
    level: text('level').$type<Event['level']>().notNull(),
    cluster: text('cluster'),
    simulated: integer('simulated', { mode: 'boolean' }).notNull().default(false),
    subject: text('subject').notNull(),
    message: text('message').notNull(),
    data: text('data', { mode: 'json' }).$type<Event['data']>().notNull(),
  },
  (table) => [index('events_cluster').on(table.cluster, table.id)],
)

/** What a feature says happened; the rest is given by the log. */
export type NewEvent = Omit<Event, 'id' | 'at' | 'simulated'>

/** All that are given must fit. `limit` is at most what the caller can hold: 500 on the wire. */
export interface EventFilter {
  kinds?: EventKind[] | undefined
  cluster?: string | undefined
  levels?: Event['level'][] | undefined
  limit?: number | undefined
}

/** The SQL of the event log, and nothing else. */
export interface EventStore {
  insert(event: NewEvent & { simulated: boolean }, at: number): Event
  after(id: number, filter: EventFilter): Event[]
  latestId(): number
  oldestId(): number
  deleteUpTo(id: number): void
}

export function openEventStore({ orm }: Database): EventStore {
  return {
    insert(event, at) {
      const row = orm
        .insert(events)
        .values({ ...event, at })
        .returning()
        .get()
      return toEvent(row)
    },
    after(id, filter) {
      const conditions: SQL[] = [gt(events.id, id)]
      if (filter.kinds) conditions.push(inArray(events.kind, filter.kinds))
      if (filter.levels) conditions.push(inArray(events.level, filter.levels))
      if (filter.cluster) conditions.push(eq(events.cluster, filter.cluster))
      const query = orm
        .select()
        .from(events)
        .where(and(...conditions))
      return query
        .orderBy(asc(events.id))
        .limit(filter.limit ?? 500)
        .all()
        .map(toEvent)
    },
    latestId: () => orm.select({ id: events.id }).from(events).orderBy(desc(events.id)).limit(1).get()?.id ?? 0,
    oldestId: () => orm.select({ id: events.id }).from(events).orderBy(asc(events.id)).limit(1).get()?.id ?? 0,
    deleteUpTo(id) {
      orm.delete(events).where(lte(events.id, id)).run()
    },
  }
}

function toEvent({ cluster, at, ...row }: typeof events.$inferSelect): Event {
  return { ...row, at: new Date(at).toISOString(), ...(cluster === null ? {} : { cluster }) }
}
