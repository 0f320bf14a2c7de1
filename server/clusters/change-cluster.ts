import type { z } from 'zod'
import type { ClusterPatch } from '../../contract/cluster.js'
import { AppError } from '../errors.js'
import type { ClusterDeps } from './cluster-deps.js'
import type { ClusterRow } from './cluster-store.js'
import { refuseWhileUsed } from './refuse-while-used.js'

/** Renames a cluster or changes its scope; a new scope starts the reading anew. */
export async function changeCluster(deps: ClusterDeps, row: ClusterRow, patch: z.infer<typeof ClusterPatch>): Promise<ClusterRow> {
  const changed = deps.events.change((append) => {
    const twin = patch.name === undefined ? undefined : deps.store.findTwin({ name: patch.name })
    if (twin && twin.id !== row.id)
      throw new AppError('conflict', `There is already a cluster called "${patch.name}".`, { remedy: 'Choose another name.' })
    const message = `${row.name} was changed.`
    append({ kind: 'cluster.changed', level: 'info', cluster: row.id, subject: row.id, message, data: { name: patch.name ?? row.name } })
    return deps.store.update(row.id, patch, deps.now())
  })
  if (patch.scope !== undefined) {
    await deps.reading.stop(row.id)
    deps.reading.start(row.id)
  }
  return changed
}

/** Forgets a cluster and its credential; nothing in the cluster is touched. Throws `cluster-in-use` while work runs there. */
export async function removeCluster(deps: ClusterDeps, row: ClusterRow): Promise<void> {
  refuseWhileUsed(deps, row)
  deps.events.change((append) => {
    append({
      kind: 'cluster.removed',
      level: 'info',
      cluster: row.id,
      subject: row.id,
      message: `${row.name} was removed.`,
      data: { name: row.name },
    })
    // Last: its event is marked by what the row says.
    deps.store.delete(row.id)
  })
  await deps.reading.stop(row.id)
  await deps.connections.forget(row.id)
  await deps.sandboxes.end(row.id)
}
