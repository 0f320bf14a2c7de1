import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Problem } from '../../../contract/problem.js'
import type { Session, SessionCode } from '../../../contract/session.js'
import { openAccess } from '../../../server/access/access.js'
import { readLocalToken } from '../../../server/access/local-token.js'
import { openSessionStore } from '../../../server/access/session-store.js'
import { openDatabase } from '../../../server/database/database.js'
import { type AppServer, startAppServer } from '../../support/app-server.js'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'meshwright-access-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const signIn = (server: AppServer, code: string) =>
  server.call<Session & Problem>('POST', '/api/v1/session', { body: { code }, headers: { authorization: '' } })
const isSignedIn = async (server: AppServer, token: string) =>
  (await server.call('GET', '/api/v1/clusters', { headers: { authorization: `Bearer ${token}` } })).status === 200

describe('signing in', () => {
  it('changes the code of the start into a session, once', async () => {
    await using server = await startAppServer({ dataDir })
    const code = server.app.newCode()
    const { status, body } = await signIn(server, code)
    expect(status).toBe(201)
    expect(await isSignedIn(server, body.token)).toBe(true)
    const again = await signIn(server, code)
    expect(again).toMatchObject({ status: 401, body: { code: 'invalid-code', remedy: expect.stringContaining('meshwright open') } })
  })

  it('lasts over a restart, and nothing stored signs anybody in', async () => {
    const before = await startAppServer({ dataDir })
    const code = before.app.newCode()
    const { body: session } = await signIn(before, code)
    const unused = before.app.newCode()
    await before.close()
    for (const file of ['meshwright.db']) {
      const stored = readFileSync(join(dataDir, file)).toString('latin1')
      for (const secret of [code, unused, session.token, before.token]) expect(stored).not.toContain(secret)
    }
    await using after = await startAppServer({ dataDir })
    expect(await isSignedIn(after, session.token)).toBe(true)
    expect((await signIn(after, unused)).status).toBe(201)
  })

  it('gets a new code only for the local token, with the address of the page and the code in its fragment', async () => {
    await using server = await startAppServer({ dataDir })
    const { status, body } = await server.call<SessionCode>('POST', '/api/v1/session/codes')
    expect(status).toBe(201)
    expect(body.url).toBe(`${server.url}/#code=${body.code}`)
    expect((await signIn(server, body.code)).status).toBe(201)
  })

  it('is not open to guessing', async () => {
    await using server = await startAppServer({ dataDir })
    const statuses = []
    for (let n = 0; n < 12; n++) statuses.push((await signIn(server, `guess-${n}`)).status)
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(401))
    expect(statuses.slice(10)).toEqual([429, 429])
    expect((await signIn(server, server.app.newCode())).status).toBe(429)
  })
})

describe('time', () => {
  it('ends codes after ten minutes and sessions after thirty days', () => {
    const database = openDatabase({ dataDir, migrationsDir: 'server/database/migrations' })
    let now = 1_000_000
    const access = openAccess({ store: openSessionStore(database), localToken: 'local', now: () => now })
    const late = access.newCode()
    now += 10 * 60_000
    expect(() => access.openSession(late.code)).toThrow('no longer valid')
    const { token, expiresAt } = access.openSession(access.newCode().code)
    const identity = access.identify(token)
    now = expiresAt - 1
    expect(access.identify(token)).toEqual(identity)
    now = expiresAt
    expect(access.identify(token)).toBeUndefined()
    expect(identity && access.isValid(identity)).toBe(false)
    expect(access.identify('local')).toMatchObject({ kind: 'local-token' })
    database.close()
  })
})

describe('the local token', () => {
  it('is made once, has 256 bits, and is readable by its owner alone', () => {
    const token = readLocalToken(dataDir)
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    expect(readLocalToken(dataDir)).toBe(token)
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600)
  })

  it('is made anew when the file holds something else', () => {
    writeFileSync(join(dataDir, 'token'), 'admin', { mode: 0o644 })
    expect(readLocalToken(dataDir)).toMatch(/^[\w-]{43}$/)
    expect(statSync(join(dataDir, 'token')).mode & 0o777).toBe(0o600)
  })
})
