import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** What `npm run testbed:up` prints. */
export interface UpLine {
  readonly kubeconfig: string
  readonly url: string
  readonly logs: string
}

const script = fileURLToPath(new URL('../testbed-up.ts', import.meta.url))

/** Starts a cluster in a process of its own, as `npm run testbed:up` does; resolves when it is up. */
export async function startClusterProcess(level: string): Promise<{ process: ChildProcess; up: UpLine }> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, level], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`testbed:up ended with ${code}`)
  })
  ended.catch(() => {})
  const [line] = await Promise.race([once(createInterface(child.stdout), 'line'), ended])
  return { process: child, up: JSON.parse(line) }
}
