import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Event } from '../../../contract/event.js'
import { type Database, openDatabase } from '../../../server/database/database.js'
import { type EventLog, openEventLog } from '../../../server/events/event-log.js'
import type { NewEvent } from '../../../server/events/event-store.js'

let folder: string
let database: Database
let log: EventLog
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshwright-events-'))
  database = openDatabase({ dataDir: folder, migrationsDir: 'server/database/migrations' })
  log = openEventLog(database)
})
afterEach(() => {
  database.close()
  rmSync(folder, { recursive: true, force: true })
})

const event = (subject: string, more: Partial<NewEvent> = {}): NewEvent => ({
  kind: 'cluster.changed',
  level: 'info',
  subject,
  message: `${subject} changed.`,
  data: {},
  ...more,
})
const subjects = (events: Event[]) => events.map(({ subject }) => subject)
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('a change', () => {
  it('is published after its commit, in order, and can be read back', async () => {
    const heard: Event[] = []
    log.listen({ event: (one) => heard.push(one) })
    const result = log.change((append) => {
      append(event('a'))
      append(event('b', { cluster: 'c1', level: 'warning', data: { deep: [1, { x: null }] } }))
      return 'done'
    })
    expect(result).toBe('done')
    await settled()
    expect(heard).toEqual(log.after(0))
    expect(heard.map(({ id }) => id)).toEqual([1, 2])
    expect(heard[1]).toMatchObject({ cluster: 'c1', data: { deep: [1, { x: null }] } })
    expect(heard[0]?.at).toMatch(/^\d{4}-.*\.\d{3}Z$/)
  })

  it('that fails leaves nothing, and nobody hears of it', async () => {
    const heard: Event[] = []
    log.listen({ event: (one) => heard.push(one) })
    expect(() =>
      log.change((append) => {
        append(event('a'))
        database.sqlite.prepare("INSERT INTO sessions VALUES ('x', 0, 0)").run()
        throw new Error('no')
      }),
    ).toThrow('no')
    await settled()
    expect(heard).toEqual([])
    expect(log.latestId()).toBe(0)
    expect(database.sqlite.prepare('SELECT count(*) FROM sessions').pluck().get()).toBe(0)
  })

  it('inside a change joins it: what an inner one appended goes when it fails, what the outer one appended stays', async () => {
    const heard: Event[] = []
    log.listen({ event: (one) => heard.push(one) })
    log.change((append) => {
      append(event('outer'))
      log.change((inner) => inner(event('kept')))
      expect(() =>
        log.change((inner) => {
          inner(event('lost'))
          throw new Error('inner')
        }),
      ).toThrow('inner')
      append(event('after'))
    })
    await settled()
    expect(subjects(heard)).toEqual(['outer', 'kept', 'after'])
    expect(log.after(0)).toEqual(heard)
    expect(() =>
      log.change(() => {
        log.change((append) => append(event('inner')))
        throw new Error('outer')
      }),
    ).toThrow('outer')
    await settled()
    expect(heard).toHaveLength(3)
  })
})

describe('reading', () => {
  it('filters by kind, level and cluster, and pages by id', () => {
    log.change((append) => {
      for (let n = 0; n < 10; n++) append(event(`s${n}`, { cluster: n % 2 === 0 ? 'even' : 'odd', level: n === 3 ? 'error' : 'info' }))
      append(event('other', { kind: 'adapter.changed' }))
    })
    expect(subjects(log.after(0, { cluster: 'even', limit: 2 }))).toEqual(['s0', 's2'])
    expect(subjects(log.after(3, { cluster: 'even', limit: 2 }))).toEqual(['s4', 's6'])
    expect(subjects(log.after(0, { levels: ['error'] }))).toEqual(['s3'])
    expect(subjects(log.after(0, { kinds: ['adapter.changed'] }))).toEqual(['other'])
    expect(log.after(11)).toEqual([])
  })

  it('gives a subscriber what comes from the call on, until its signal ends it', async () => {
    const ended = new AbortController()
    const events = log.subscribe(ended.signal)
    log.change((append) => append(event('first')))
    const heard: string[] = []
    for await (const { subject } of events) {
      heard.push(subject)
      if (heard.length === 1) log.change((append) => append(event('second')))
      if (heard.length === 2) ended.abort()
    }
    expect(heard).toEqual(['first', 'second'])
  })

  it('keeps the newest hundred thousand events over a start', () => {
    database.sqlite.exec(`
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100010)
      INSERT INTO events (at, kind, level, subject, message, data) SELECT 0, 'cluster.changed', 'info', i, '', '{}' FROM n`)
    expect(openEventLog(database).oldestId()).toBe(11)
    expect(log.latestId()).toBe(100_010)
  })
})
