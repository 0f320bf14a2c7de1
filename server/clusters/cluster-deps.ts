import type { Cluster } from '../../contract/cluster.js'
import type { SecretBox } from '../database/secrets.js'
import type { EventLog } from '../events/event-log.js'
import type { Idempotency } from '../http/idempotency.js'
import type { Sandboxes } from '../kubernetes/sandboxes.js'
import type { ClusterConnections } from './cluster-connections.js'
import type { ClusterStore } from './cluster-store.js'

/** What is known of a cluster from reading it. */
export type ClusterReading = Pick<Cluster, 'state' | 'since' | 'kinds'> & Partial<Pick<Cluster, 'failure' | 'kubernetesVersion'>>

/** What the verbs of this feature work with. */
export interface ClusterDeps {
  store: ClusterStore
  secrets: SecretBox
  events: EventLog
  connections: ClusterConnections
  sandboxes: Sandboxes
  idempotency: Idempotency
  kubeconfigFiles: string[]
  /** The reading of clusters is another feature; app.ts hands in what is needed of it. */
  reading: {
    of(clusterId: string): ClusterReading
    start(clusterId: string): void
    stop(clusterId: string): Promise<void>
  }
  /** Says what still works on a cluster, such as "operation 0192… (install istio)"; undefined when nothing does. */
  usedBy: (clusterId: string) => string | undefined
  /** Ids of the simulated clusters that are being reset: no operation begins there. */
  resets: Set<string>
  now: () => number
}
