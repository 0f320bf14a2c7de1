import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import BetterSqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openDatabase } from '../../../server/database/database.js'

let folder: string
let migrationsDir: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshwright-database-'))
  migrationsDir = join(folder, 'migrations')
  cpSync('server/database/migrations', migrationsDir, { recursive: true })
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = () => openDatabase({ dataDir: folder, migrationsDir })
const addMigration = (name: string, sql: string) => writeFileSync(join(migrationsDir, name), sql)
const tables = () => {
  const database = open()
  const names = database.sqlite.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all()
  database.close()
  return names
}

describe('the database', () => {
  it('survives a power cut after each acknowledged change, and is read by its owner alone', () => {
    const { sqlite, isNew, close } = open()
    expect(isNew).toBe(true)
    expect(sqlite.pragma('journal_mode', { simple: true })).toBe('wal')
    expect(sqlite.pragma('synchronous', { simple: true })).toBe(2)
    expect(sqlite.pragma('foreign_keys', { simple: true })).toBe(1)
    for (const file of ['meshwright.db', 'meshwright.db-wal']) expect(statSync(join(folder, file)).mode & 0o077).toBe(0)
    close()
    const again = open()
    expect(again.isNew).toBe(false)
    again.close()
  })

  it('runs a nested transaction as part of the outer one', () => {
    const { sqlite, transaction, close } = open()
    const insert = sqlite.prepare('INSERT INTO sessions VALUES (?, 0, 0)')
    expect(() =>
      transaction(() => {
        transaction(() => insert.run('inner'))
        throw new Error('outer fails')
      }),
    ).toThrow('outer fails')
    expect(sqlite.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0)
    close()
  })

  it('is opened by one server at a time, and free again when that one ends', () => {
    const first = open()
    expect(open).toThrow('Another Meshwright server already uses this data directory.')
    first.close()
    open().close()
  })

  it('is not started over when it is damaged; the file stays as it is', () => {
    open().close()
    const file = join(folder, 'meshwright.db')
    truncateSync(file, statSync(file).size - 4096 - 7)
    const size = statSync(file).size
    expect(open).toThrow('The database is damaged')
    expect(statSync(file).size).toBe(size)
    writeFileSync(file, 'this is no database, and long enough to be looked at as one '.repeat(20))
    expect(open).toThrow('The database is damaged')
  })
})

describe('a migration', () => {
  it('is applied once, after a copy of what was there', () => {
    const before = open()
    before.sqlite.prepare("INSERT INTO sessions VALUES ('kept', 1, 2)").run()
    before.close()
    expect(() => readdirSync(join(folder, 'copies'))).toThrow()
    addMigration('0900_more.sql', 'CREATE TABLE more (id TEXT);--> statement-breakpoint\nDROP TABLE sessions;')
    expect(tables()).toContain('more')
    expect(tables()).not.toContain('sessions')
    const [copy, ...others] = readdirSync(join(folder, 'copies'))
    expect(others).toEqual([])
    expect(copy).toContain('before-0900_more')
    expect(statSync(join(folder, 'copies', copy ?? '')).mode & 0o077).toBe(0)
    const old = new BetterSqlite(join(folder, 'copies', copy ?? ''), { readonly: true })
    expect(old.prepare('SELECT token_hash FROM sessions').pluck().all()).toEqual(['kept'])
    old.close()
  })

  it('that fails leaves everything as it was, and can be tried again', () => {
    open().close()
    addMigration('0900_bad.sql', 'CREATE TABLE half (id TEXT); CREATE TABLE half (id TEXT);')
    expect(open).toThrow('already exists')
    addMigration('0900_bad.sql', 'CREATE TABLE whole (id TEXT);')
    expect(tables()).toContain('whole')
    expect(tables()).not.toContain('half')
  })

  it('may not leave references to nothing', () => {
    open().close()
    addMigration(
      '0900_orphan.sql',
      'CREATE TABLE a (id TEXT PRIMARY KEY); CREATE TABLE b (a TEXT REFERENCES a (id)); INSERT INTO b VALUES (1);',
    )
    expect(open).toThrow('broken references')
  })

  it('of a newer Meshwright makes this one refuse the file, with the way back', () => {
    addMigration('0900_future.sql', 'CREATE TABLE future (id TEXT);')
    open().close()
    rmSync(join(migrationsDir, '0900_future.sql'))
    expect(open).toThrow('written by a newer Meshwright')
    expect(open).toThrow(expect.objectContaining({ details: expect.objectContaining({ remedy: expect.stringContaining('copies') }) }))
  })

  it('whose text was changed after it was applied is refused', () => {
    addMigration('0900_text.sql', 'CREATE TABLE one (id TEXT);')
    open().close()
    addMigration('0900_text.sql', 'CREATE TABLE two (id TEXT);')
    expect(open).toThrow('does not belong to this build')
  })
})
