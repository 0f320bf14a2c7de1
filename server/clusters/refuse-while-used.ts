import { AppError } from '../errors.js'
import type { ClusterDeps } from './cluster-deps.js'
import type { ClusterRow } from './cluster-store.js'

/** Throws `cluster-in-use` while an operation or a reset works on the cluster: its ground must not go from under it. */
export function refuseWhileUsed({ usedBy, resets }: Pick<ClusterDeps, 'usedBy' | 'resets'>, { id, name }: ClusterRow): void {
  const user = usedBy(id) ?? (resets.has(id) ? 'a reset' : undefined)
  if (user === undefined) return
  throw new AppError('cluster-in-use', `${name} is in use.`, { cause: `By ${user}.`, remedy: 'Cancel or stop it, or wait for its end.' })
}
