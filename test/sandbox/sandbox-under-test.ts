import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { SceneName } from '../../contract/sandbox.js'

/** The built sandbox as a process of its own. Whoever started it stops it. */
export interface RunningSandbox extends AsyncDisposable {
  url: string
  pid: number
  token: string
  stop(): Promise<void>
}

const main = join(import.meta.dirname, '../../dist/sandbox/main.js')

export async function startSandbox(scene: SceneName): Promise<RunningSandbox> {
  const token = randomBytes(16).toString('hex')
  const environment = { PATH: process.env.PATH, MESHWRIGHT_SANDBOX_TOKEN: token, MESHWRIGHT_SANDBOX_SCENE: scene }
  const child = spawn(process.execPath, [main], { env: environment, stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => Promise.reject(new Error('the sandbox ended at its start'))),
  ])
  const { url, pid } = JSON.parse(String(line))
  const stop = async () => {
    child.stdin.end()
    await exited
  }
  return { url, pid, token, stop, [Symbol.asyncDispose]: stop }
}
