import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import pino from 'pino'
import { afterEach, describe, expect, it } from 'vitest'
import { type AdapterStatus, type AdapterSupervisor, superviseAdapter } from '../../../server/adapter-link/adapter-supervisor.js'

const opened: { supervisor: AdapterSupervisor; folder: string }[] = []

afterEach(async () => {
  for (const { supervisor, folder } of opened.splice(0)) {
    await supervisor.stop()
    await rm(folder, { recursive: true })
  }
})

async function supervise(script: string) {
  const folder = await mkdtemp(join(tmpdir(), 'mw-'))
  const states: AdapterStatus['state'][] = []
  const supervisor = superviseAdapter({
    mesh: 'istio',
    mainFile: resolve('test/support/adapters', script),
    workDir: folder,
    socketDir: folder,
    environment: {},
    log: pino({ level: 'silent' }),
    onState: ({ state }) => states.push(state),
  })
  opened.push({ supervisor, folder })
  return { supervisor, states, folder }
}

async function startTimeOf(pid: number): Promise<string> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

describe('an adapter process', () => {
  it('starts when it is needed, once for all who ask at the same time', async () => {
    const { supervisor, states } = await supervise('obedient.mjs')
    expect(supervisor.status().state).toBe('idle')
    const [one, other] = await Promise.all([supervisor.ensure(), supervisor.ensure()])
    expect(one).toBe(other)
    expect(states).toEqual(['starting', 'serving'])
  })

  it('ends by itself when its pipe is closed', async () => {
    const { supervisor } = await supervise('obedient.mjs')
    const adapter = await supervisor.ensure()
    await supervisor.stop()
    expect(await adapter.ended).toBe('It ended with code 0.')
    expect(supervisor.status().state).toBe('idle')
  })

  it('is shown as crashed with its cause when it was killed, and is a new incarnation afterwards', async () => {
    const { supervisor } = await supervise('obedient.mjs')
    const first = await supervisor.ensure()
    process.kill(first.pid, 'SIGKILL')
    await first.ended
    await expect.poll(() => supervisor.status()).toMatchObject({ state: 'crashed', cause: 'It was ended by SIGKILL.' })
    const second = await supervisor.ensure()
    expect(second.incarnation).not.toBe(first.incarnation)
  })

  it('that cannot start says its last words', async () => {
    const { supervisor } = await supervise('crashing.mjs')
    await expect(supervisor.ensure()).rejects.toMatchObject({
      code: 'adapter-unavailable',
      details: { cause: 'It ended with code 3. Its last words: the catalogue is missing' },
    })
  })
})

describe('a helm that lost its adapter', () => {
  it('is ended with its children before the adapter starts again, each of several', async () => {
    const { supervisor, folder } = await supervise('obedient.mjs')
    const helms = ['helm.pid', 'helm.2.pid'].map((record) => ({
      record,
      child: spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }),
    }))
    const gone = helms.map(({ child }) => once(child, 'exit'))
    for (const { record, child } of helms) {
      const pid = child.pid ?? 0
      await writeFile(join(folder, record), JSON.stringify({ pid, pgid: pid, startTime: await startTimeOf(pid) }))
    }
    const adapter = await supervisor.ensure()
    process.kill(adapter.pid, 'SIGKILL')
    await Promise.all(gone)
    await supervisor.ensure()
    expect((await readdir(folder)).filter((name) => name.endsWith('.pid'))).toEqual([])
  })

  it('is left alone when the process id belongs to another process by now', async () => {
    const { supervisor, folder } = await supervise('obedient.mjs')
    const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    const pid = stranger.pid ?? 0
    await writeFile(join(folder, 'helm.pid'), JSON.stringify({ pid, pgid: pid, startTime: '1' }))
    const adapter = await supervisor.ensure()
    process.kill(adapter.pid, 'SIGKILL')
    await adapter.ended
    await supervisor.ensure()
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull()
    process.kill(pid)
  })
})
