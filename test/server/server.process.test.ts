import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import BetterSqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Event } from '../../contract/event.js'
import { eventually } from '../support/eventually.js'
import { tokenKubeconfig } from '../support/kubeconfig-text.js'
import { openStream } from '../support/read-stream.js'
import { startServer } from '../support/running-server.js'

let dataDir: string
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'meshwright-process-'))
})
afterEach(() => rm(dataDir, { recursive: true, force: true }))

const main = resolve('dist/server/main.js')
const kubeconfig = tokenKubeconfig({ url: 'https://127.0.0.1:1' })

interface Items<Item> {
  items: Item[]
}

/** Runs the server to its end: for starts that are refused. */
async function runToEnd(argv: string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [main, ...argv], { env: { PATH: process.env.PATH, HOME: dataDir, ...environment } })
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { stdout, stderr, code: child.exitCode }
}

describe('the start', () => {
  it('prints one ready line and nothing else, and works with the code in it', async () => {
    const child = spawn(process.execPath, [main, '--data-dir', dataDir, '--port', '0'], { env: { PATH: process.env.PATH, HOME: dataDir } })
    let stdout = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      stdout += chunk
    })
    const line = await eventually(
      async () => stdout,
      (seen) => seen.endsWith('\n'),
    )
    const [, url, code] = /^Meshwright is ready: (http:\/\/127\.0\.0\.1:\d+)\/#code=([\w-]+)\n$/.exec(line) ?? []
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const signIn = await fetch(`${url}/api/v1/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ code }),
    })
    expect(signIn.status).toBe(201)
    const record = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8'))
    expect(record).toMatchObject({ url, pid: child.pid })
    for (const file of ['token', 'secret.key', 'server.json', 'meshwright.db'])
      expect((await stat(join(dataDir, file))).mode & 0o077).toBe(0)
    child.kill('SIGTERM')
    await once(child, 'exit')
    expect(child.exitCode).toBe(0)
    expect(stdout).toBe(line)
    expect(existsSync(join(dataDir, 'server.json'))).toBe(false)
  })

  it('is refused beside another server of the same data directory, and possible once that one was killed', async () => {
    const first = await startServer({ dataDir })
    const second = await runToEnd(['--data-dir', dataDir, '--port', '0'])
    expect(second).toMatchObject({ code: 1, stdout: '' })
    expect(second.stderr).toContain('Another Meshwright server already uses this data directory.')
    expect(second.stderr).toContain(`by process ${first.pid}`)
    expect((await first.call('GET', '/api/v1/clusters')).status).toBe(200)
    await first.kill()
    const third = await startServer({ dataDir })
    expect(await third.stop()).toBe(0)
  })

  it('is refused without the key of its database, says how to go on, and changes nothing', async () => {
    const server = await startServer({ dataDir })
    await server.stop()
    await rm(join(dataDir, 'secret.key'))
    const refused = await runToEnd(['--data-dir', dataDir, '--port', '0'])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('The key of the stored credentials cannot be read.')
    expect(refused.stderr).toContain('Put the key file back')
    expect(existsSync(join(dataDir, 'secret.key'))).toBe(false)
  })

  it('is refused with wrong settings, with all of them named and exit code 2', async () => {
    const refused = await runToEnd(['--port', 'x', '--wrong'], { MESHWRIGHT_HOST: '0.0.0.0' })
    expect(refused.code).toBe(2)
    for (const part of ['--port', '--wrong', '--host']) expect(refused.stderr).toContain(part)
  })

  it('is refused on a port that is taken, with the way out', async () => {
    const first = await startServer({ dataDir })
    const other = await mkdtemp(join(tmpdir(), 'meshwright-process-'))
    const refused = await runToEnd(['--data-dir', other, '--port', new URL(first.url).port])
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('--port')
    await first.stop()
    await rm(other, { recursive: true })
  })
})

describe('the end', () => {
  it('comes with exit code 0 while streams are open and a terminal sends its signal twice', async () => {
    const server = await startServer({ dataDir })
    const stream = await openStream(`${server.url}/api/v1/events/stream`, { authorization: `Bearer ${server.token}` })
    await stream.until((frames) => frames.length > 0)
    process.kill(server.pid, 'SIGINT')
    process.kill(server.pid, 'SIGINT')
    await stream.ended
    expect(await server.stop()).toBe(0)
  })
})

describe('kill -9', () => {
  it('loses no acknowledged change and doubles none, in twelve cycles at random moments', async () => {
    const acknowledged = new Map<string, string>()
    let sent = 0
    for (let cycle = 0; cycle < 12; cycle++) {
      const server = await startServer({ dataDir })
      const before = await server.get<Items<Cluster>>('/api/v1/clusters?limit=500')
      const names = new Set(before.items.map(({ name }) => name))
      for (const [name, id] of acknowledged) expect([name, before.items.find((one) => one.id === id)?.name]).toEqual([name, name])
      expect(names.size).toBe(before.items.length)
      const added = await allEvents(server.get)
      expect(added.map(({ subject }) => subject).sort()).toEqual(before.items.map(({ id }) => id).sort())
      const enough = acknowledged.size + 3 + Math.floor(Math.random() * 4)
      let killed: Promise<void> | undefined
      for (let isAlive = true; isAlive; ) {
        if (acknowledged.size >= enough) killed ??= sleep(Math.random() * 15).then(() => server.kill())
        const name = `c${sent++}`
        const answer = await server.call<Cluster>('POST', '/api/v1/clusters', { name, kubeconfig }).catch(() => undefined)
        if (answer?.status === 201) acknowledged.set(name, answer.body.id)
        isAlive = answer !== undefined
      }
      await killed
    }
    expect(acknowledged.size).toBeGreaterThanOrEqual(36)
    const sqlite = new BetterSqlite(join(dataDir, 'meshwright.db'), { readonly: true })
    expect(sqlite.pragma('integrity_check', { simple: true })).toBe('ok')
    sqlite.close()
    process.stdout.write(`kill -9: 12 cycles, ${acknowledged.size} acknowledged, 0 lost\n`)
    // Twelve starts and as many commits to the disk: 20 s, or 120 s on a busy one.
  }, 600_000)

  async function allEvents(get: <Body>(path: string) => Promise<Body>): Promise<Event[]> {
    const events: Event[] = []
    for (let after: string | undefined = '0'; after !== undefined; ) {
      const page: Items<Event> & { next?: string } = await get(`/api/v1/events?kind=cluster.added&limit=500&after=${after}`)
      events.push(...page.items)
      after = page.next
    }
    return events
  }
})
