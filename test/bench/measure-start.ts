import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { residentMiB } from '../support/process-memory.js'

export interface StartSample {
  readyMs: number
  idleRssMb: number
}

const settleMs = 10_000

/** From the start of the built server's process to the first 200 of /readyz, and its memory after ten idle seconds. */
export async function measureStart({ rounds, settle }: { rounds: number; settle: boolean }): Promise<StartSample[]> {
  const dataDir = mkdtempSync(join(tmpdir(), 'meshwright-bench-'))
  const samples: StartSample[] = []
  // The first start makes keys and the database; a user meets it once, so it is not counted.
  for (let round = 0; round <= rounds; round++) samples.push(await startOnce(dataDir, settle && round === rounds))
  rmSync(dataDir, { recursive: true })
  return samples.slice(1)
}

async function startOnce(dataDir: string, settle: boolean): Promise<StartSample> {
  const port = await freePort()
  const from = performance.now()
  const child = spawn(process.execPath, ['dist/server/main.js', '--port', String(port), '--data-dir', dataDir], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: dataDir, MESHWRIGHT_LOG_LEVEL: 'warn' },
  })
  while (!(await isReady(port))) await sleep(2)
  const readyMs = performance.now() - from
  if (settle) await sleep(settleMs)
  const idleRssMb = settle ? residentMiB(child.pid ?? 0) : Number.NaN
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
  return { readyMs, idleRssMb }
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
  await response?.body?.cancel()
  return response?.status === 200
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}
