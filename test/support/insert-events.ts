import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'

/** Puts so many `adapter.changed` events into the database of a server that does not run. */
export function insertEvents(dataDir: string, count: number): void {
  const sqlite = new BetterSqlite(join(dataDir, 'meshwright.db'))
  const insert = sqlite.prepare(
    "INSERT INTO events (at, kind, level, subject, message, data) VALUES (0, 'adapter.changed', 'info', ?, '', '{}')",
  )
  sqlite.transaction(() => {
    for (let n = 0; n < count; n++) insert.run(`s${n}`)
  })()
  sqlite.close()
}
