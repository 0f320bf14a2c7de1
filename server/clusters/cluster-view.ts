import { type Cluster, isSimulated } from '../../contract/cluster.js'
import type { ClusterReading } from './cluster-deps.js'
import type { ClusterRow } from './cluster-store.js'

/** The resource as clients see it: field by field, so that no secret can slip in. */
export function clusterView(row: ClusterRow, reading: ClusterReading): Cluster {
  return {
    id: row.id,
    name: row.name,
    server: row.server,
    source: row.source,
    ...(row.context === null ? {} : { context: row.context }),
    scope: row.scope,
    simulated: isSimulated(row),
    state: reading.state,
    since: reading.since,
    ...(reading.failure === undefined ? {} : { failure: reading.failure }),
    ...(reading.kubernetesVersion === undefined ? {} : { kubernetesVersion: reading.kubernetesVersion }),
    kinds: reading.kinds,
    createdAt: new Date(row.createdAt).toISOString(),
    updatedAt: new Date(row.updatedAt).toISOString(),
  }
}
