import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { openSecretBox } from '../../../server/database/secrets.js'

const place = { table: 'clusters', column: 'credential', row: 'one' }
let keyFile: string
beforeEach(() => {
  keyFile = join(mkdtempSync(join(tmpdir(), 'meshwright-secrets-')), 'secret.key')
})
const open = (databaseIsNew = true) => openSecretBox({ keyFile, databaseIsNew })

describe('a secret at rest', () => {
  it('comes out as it went in, and never twice as the same text', () => {
    const box = open()
    const sealed = [box.seal('käse 🧀', place), box.seal('käse 🧀', place)]
    expect(new Set(sealed).size).toBe(2)
    for (const text of sealed) {
      expect(text).not.toContain('käse')
      expect(open(false).open(text, place)).toBe('käse 🧀')
    }
  })

  it.each([{ row: 'two' }, { column: 'other' }, { table: 'others' }])('cannot be opened at another place: %o', (other) => {
    const sealed = open().seal('secret', place)
    expect(() => open().open(sealed, { ...place, ...other })).toThrow('cannot be opened')
  })

  it('cannot be opened when a single bit of it was changed', () => {
    const sealed = open().seal('secret', place)
    const at = sealed.lastIndexOf('.') + 2
    const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`
    expect(() => open().open(changed, place)).toThrow('cannot be opened')
    for (const nonsense of ['', 'v1', 'v1.x.y.z', sealed.replace('v1', 'v2')])
      expect(() => open().open(nonsense, place)).toThrow('cannot be opened')
  })

  it('cannot be opened with another key, and says so', () => {
    const sealed = open().seal('secret', place)
    rmSync(keyFile)
    expect(() => open().open(sealed, place)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ cause: expect.stringContaining('another key') }) }),
    )
  })
})

describe('the key', () => {
  it('is random, 256 bits, readable by its owner alone, and made once', () => {
    open()
    const key = readFileSync(keyFile, 'utf8')
    expect(Buffer.from(key, 'base64')).toHaveLength(32)
    expect(statSync(keyFile).mode & 0o777).toBe(0o600)
    open(false)
    expect(readFileSync(keyFile, 'utf8')).toBe(key)
  })

  it('that is missing beside a database is not replaced: the start is refused with the way out', () => {
    expect(() => open(false)).toThrow('The key of the stored credentials cannot be read.')
    expect(existsSync(keyFile)).toBe(false)
  })

  it('that is damaged is refused', () => {
    writeFileSync(keyFile, 'short')
    expect(() => open(false)).toThrow('The key of the stored credentials cannot be read.')
  })
})
