import { AppError } from '../errors.js'
import type { ClusterRow, ClusterStore } from './cluster-store.js'

/** The row of a cluster; throws `not-found`. */
export function findCluster(store: Pick<ClusterStore, 'find'>, id: string): ClusterRow {
  const row = store.find(id)
  if (row) return row
  throw new AppError('not-found', 'There is no such cluster.', { remedy: 'GET /api/v1/clusters lists the clusters that are connected.' })
}
