import type { Installation } from '../../contract/installation.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AdapterRegistry } from '../adapter-link/adapter-registry.js'
import type { EventLog } from '../events/event-log.js'
import type { CheckStore } from './check-store.js'

/** What checks need; app.ts hands in what belongs to other features. */
export interface CheckDeps {
  registry: AdapterRegistry
  events: EventLog
  reports: CheckStore
  installations(): Installation[]
  /** Throws `not-found`. */
  installation(id: string): Installation
  /** Leave to read the cluster for the time of `work`; nothing can be changed with it. */
  withReadGrant<Result>(
    request: { report: string; cluster: string; expiresAt: Date },
    work: (grant: Grant) => Promise<Result>,
  ): Promise<Result>
  /** Aborts when the server shuts down. */
  closing: AbortSignal
}
