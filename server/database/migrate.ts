import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Database as Sqlite } from 'better-sqlite3'
import { AppError } from '../errors.js'

interface Migration {
  name: string
  sql: string
  sha256: string
}

const copiesKept = 5

/**
 * Brings the database to the newest schema: one transaction per migration, after an automatic copy of what is there.
 * Refuses a file that a newer Meshwright has written, and one whose applied migrations are not ours.
 */
export function migrate(sqlite: Sqlite, { migrationsDir, dataDir }: { migrationsDir: string; dataDir: string }): void {
  const known = readMigrations(migrationsDir)
  sqlite.exec('CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, sha256 TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT')
  const applied = new Map(
    sqlite
      .prepare<[], { name: string; sha256: string }>('SELECT name, sha256 FROM migrations')
      .all()
      .map((row) => [row.name, row.sha256]),
  )
  refuseForeign({ known, applied, dataDir })
  const pending = known.filter((migration) => !applied.has(migration.name))
  const [first] = pending
  if (!first) return
  if (applied.size > 0) copyFirst(sqlite, { dataDir, before: first.name })
  // Rebuilding a table needs foreign keys off, and that switch has no effect inside a transaction.
  sqlite.pragma('foreign_keys = OFF')
  for (const migration of pending) apply(sqlite, migration)
  sqlite.pragma('foreign_keys = ON')
}

function readMigrations(folder: string): Migration[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sql'))
  return names.sort().map((name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    return { name, sql, sha256: createHash('sha256').update(sql).digest('hex') }
  })
}

function refuseForeign({ known, applied, dataDir }: { known: Migration[]; applied: Map<string, string>; dataDir: string }): void {
  const names = new Set(known.map((migration) => migration.name))
  const newer = [...applied.keys()].filter((name) => !names.has(name))
  if (newer.length > 0) {
    throw new AppError('conflict', 'The database was written by a newer Meshwright.', {
      cause: `It holds the migrations ${newer.join(', ')}, which this version does not know.`,
      remedy: `Start the newer version again, or go back: stop Meshwright and copy a file of ${join(dataDir, 'copies')} over ${join(dataDir, 'meshwright.db')}.`,
    })
  }
  const altered = known.find((migration) => applied.has(migration.name) && applied.get(migration.name) !== migration.sha256)
  if (!altered) return
  throw new AppError('conflict', 'The database does not belong to this build of Meshwright.', {
    cause: `Migration ${altered.name} was applied with another text.`,
    remedy: 'Start the build that wrote the database, or use another --data-dir.',
  })
}

function copyFirst(sqlite: Sqlite, { dataDir, before }: { dataDir: string; before: string }): void {
  const folder = join(dataDir, 'copies')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stamp = new Date().toISOString().replaceAll(':', '')
  const file = join(folder, `${stamp}-before-${before.replace(/\.sql$/, '')}.db`)
  sqlite.prepare('VACUUM INTO ?').run(file)
  chmodSync(file, 0o600)
  const copies = readdirSync(folder).filter((name) => name.endsWith('.db'))
  for (const old of copies.sort().slice(0, -copiesKept)) rmSync(join(folder, old))
}

function apply(sqlite: Sqlite, migration: Migration): void {
  const run = sqlite.transaction(() => {
    sqlite.exec(migration.sql)
    const broken = sqlite.pragma('foreign_key_check')
    if (Array.isArray(broken) && broken.length > 0) throw new Error(`${migration.name} leaves ${broken.length} broken references`)
    sqlite.prepare('INSERT INTO migrations (name, sha256, applied_at) VALUES (?, ?, ?)').run(migration.name, migration.sha256, Date.now())
  })
  run.immediate()
}
