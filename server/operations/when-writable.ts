import { setTimeout as sleep } from 'node:timers/promises'
import type { OperationDeps } from './operation-deps.js'

const againAfterMs = 2_000

/**
 * Does what must not be lost, and tries again for as long as the disk is full: an operation whose end could not be written
 * would stand as running until the next start. Rejects when the server closes; that start finds it then.
 */
export async function whenWritable(deps: Pick<OperationDeps, 'log' | 'closing'>, work: () => void): Promise<void> {
  for (;;) {
    try {
      return work()
    } catch (error) {
      if (!isDiskFull(error)) throw error
      deps.log.error({ err: error }, 'the disk of the data directory is full; the end of an operation is written when there is room')
    }
    await sleep(againAfterMs, undefined, { signal: deps.closing })
  }
}

function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL'
}
