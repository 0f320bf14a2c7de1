import { desc, eq, inArray, max } from 'drizzle-orm'
import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import type { Certificate, CheckReport } from '../../contract/check-report.js'
import type { Finding } from '../../contract/finding.js'
import type { Database } from '../database/database.js'

/** A certificate as it is kept: what it belongs to stands in the report, and what changes by the day is counted when it is shown. */
export type StoredCertificate = Omit<Certificate, 'cluster' | 'installation' | 'mesh' | 'daysLeft' | 'checkedAt' | 'simulated'>

export const checkReports = sqliteTable(
  'check_reports',
  {
    id: text().primaryKey(),
    cluster: text().notNull(),
    installation: text().notNull(),
    mesh: text().notNull(),
    trigger: text().$type<CheckReport['trigger']>().notNull(),
    findings: text({ mode: 'json' }).$type<Finding[]>().notNull(),
    certificates: text({ mode: 'json' }).$type<StoredCertificate[]>().notNull(),
    simulated: integer('simulated', { mode: 'boolean' }).notNull(),
    startedAt: integer('started_at').notNull(),
    endedAt: integer('ended_at').notNull(),
  },
  (table) => [index('check_reports_installation').on(table.installation, table.id)],
)

export type CheckReportRow = typeof checkReports.$inferSelect
export type CheckStore = ReturnType<typeof createCheckStore>

const keptPerInstallation = 20

export function createCheckStore({ orm }: Database) {
  const of = (installation: string): CheckReportRow[] =>
    orm.select().from(checkReports).where(eq(checkReports.installation, installation)).orderBy(desc(checkReports.id)).all()
  return {
    /** Newest first. */
    of,
    /** The newest report of each installation that was ever looked at. */
    latest: (): CheckReportRow[] => {
      const newest = orm
        .select({ id: max(checkReports.id) })
        .from(checkReports)
        .groupBy(checkReports.installation)
      return orm.select().from(checkReports).where(inArray(checkReports.id, newest)).all()
    },
    /** Keeps it, and the twenty newest of its installation. */
    insert: (row: CheckReportRow) => {
      orm.insert(checkReports).values(row).run()
      const old = of(row.installation).slice(keptPerInstallation)
      if (old.length > 0)
        orm
          .delete(checkReports)
          .where(
            inArray(
              checkReports.id,
              old.map(({ id }) => id),
            ),
          )
          .run()
    },
  }
}
