import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { AppError } from '../errors.js'

/**
 * Keeps the data directory for this process. The lock is SQLite's own exclusive file lock on a database of its own,
 * so that it ends with the process, however that dies, and no stale pid file is left.
 */
export function lockDataDir(dataDir: string): { release(): void } {
  const lock = new BetterSqlite(join(dataDir, 'lock.db'), { timeout: 0 })
  try {
    lock.pragma('locking_mode = EXCLUSIVE')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    throw busy(error, dataDir)
  }
  return { release: () => lock.close() }
}

function busy(error: unknown, dataDir: string): unknown {
  if (!(error instanceof BetterSqlite.SqliteError) || !error.code.startsWith('SQLITE_BUSY')) return error
  return new AppError('locked', 'Another Meshwright server already uses this data directory.', {
    cause: `${dataDir} is locked${runningServer(dataDir)}.`,
    remedy: 'Use the server that runs (meshwright open), stop it, or start this one with another --data-dir.',
    from: error,
  })
}

function runningServer(dataDir: string): string {
  try {
    const record: unknown = JSON.parse(readFileSync(join(dataDir, 'server.json'), 'utf8'))
    return typeof record === 'object' && record !== null && 'pid' in record ? ` by process ${record.pid}` : ''
  } catch {
    // The other server has not written its record yet; the refusal stands without it.
    return ''
  }
}
