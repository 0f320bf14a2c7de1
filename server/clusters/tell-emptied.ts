import { isSimulated } from '../../contract/cluster.js'
import type { ClusterDeps } from './cluster-deps.js'

type Deps = Pick<ClusterDeps, 'store' | 'events'>

/** A simulated cluster lives in the memory of its process: says, as an event, that what was done in it is gone, and why. */
export function tellEmptied({ store, events }: Deps, { id, why }: { id: string; why: string }): void {
  const row = store.find(id)
  if (!row) return
  const message = `The simulated cluster ${row.name} ${why}: nothing of what was done in it is left.`
  events.change((append) =>
    append({ kind: 'cluster.changed', level: 'warning', cluster: id, subject: id, message, data: { name: row.name } }),
  )
}

/** At the start of a server: every simulated cluster ended with the one before. */
export function tellAllEmptied(deps: Deps): void {
  for (const { id } of deps.store.list().filter(isSimulated)) tellEmptied(deps, { id, why: 'begins anew with this server' })
}
