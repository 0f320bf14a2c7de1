import type { Logger } from 'pino'

/** Work that goes on after an answer was sent. Nothing of it rises: a failure is logged as the fault of ours that it is. */
export interface BackgroundWork {
  start(name: string, work: () => Promise<void>): void
  /** Settles when all that was started has ended; the database may be closed then. */
  settled(): Promise<void>
}

export function openBackgroundWork(log: Logger): BackgroundWork {
  const running = new Set<Promise<void>>()
  const run = async (name: string, work: () => Promise<void>) => {
    // Not before the caller's transaction is committed: what is worked on must be there.
    await Promise.resolve()
    await work().catch((error: unknown) => log.error({ err: error, work: name }, 'background work failed'))
  }
  return {
    start: (name, work) => {
      const task = run(name, work)
      running.add(task)
      void task.then(() => running.delete(task))
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
