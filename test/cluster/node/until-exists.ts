import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const timeoutMs = 20_000

/** Waits until another process has made a file. */
export async function untilExists(path: string): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!existsSync(path)) {
    if (Date.now() > deadline) throw new Error(`${path} did not appear within ${timeoutMs} ms`)
    await sleep(10)
  }
}
