import type { Logger } from 'pino'
import type { ClusterBroker } from './cluster-broker.js'

/** The broker, from the first grant on. */
export interface LateBroker {
  started(): Promise<ClusterBroker>
  close(): Promise<void>
}

/** The broker starts with the first grant: its certificates cost a quarter of a second that no start of the server should pay. */
export function startLater(options: { dataDir: string; log: Logger }): LateBroker {
  let broker: Promise<ClusterBroker> | undefined
  return {
    started() {
      broker ??= import('./cluster-broker.js').then(({ startClusterBroker }) => startClusterBroker(options))
      // A failed start is tried again with the next grant.
      broker.catch(() => {
        broker = undefined
      })
      return broker
    },
    close: async () => (await broker)?.close(),
  }
}
