import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isAlive } from '../support/processes.js'

const execFileText = promisify(execFile)

describe('npm start', () => {
  let dataDir: string
  let npm: ChildProcess | undefined
  let server: { url: string; pid: number } | undefined

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'meshwright-start-'))
  })
  afterEach(() => {
    npm?.kill('SIGKILL')
    // Only when the promise below is broken is it still there.
    if (server && isAlive(server.pid)) process.kill(server.pid, 'SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('prints the ready line, and a SIGTERM to npm ends the server with 0 and leaves no lock', async () => {
    npm = spawn('npm', ['start', '--silent', '--', '--port', '0', '--json', '--data-dir', dataDir], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ready = JSON.parse(await firstLine(npm))
    server = ready
    expect(ready).toMatchObject({ dataDir })
    const health = await fetch(`${ready.url}/readyz`)
    expect(health.status).toBe(200)
    const gone = once(npm, 'exit')
    npm.kill('SIGTERM')
    expect((await gone)[0]).toBe(0)
    expect(isAlive(ready.pid)).toBe(false)
    expect(existsSync(join(dataDir, 'server.json'))).toBe(false)
  })

  it('names the Node that it needs when this one is too old', async () => {
    const pretend = "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.0' } })"
    const old = execFileText(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, 'scripts/start.mjs'])
    await expect(old).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('needs Node 20.19 or newer, and this is Node 18.20.0'),
    })
  })
})

async function firstLine(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += chunk
    if (text.includes('\n')) break
  }
  return text.split('\n', 1)[0] ?? ''
}
