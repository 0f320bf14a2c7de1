import { isSimulated } from '../../contract/cluster.js'
import { defaultScene, type SandboxState, type SceneName } from '../../contract/sandbox.js'
import { AppError } from '../errors.js'
import type { ControlRequest } from '../kubernetes/sandboxes.js'
import type { ClusterDeps } from './cluster-deps.js'
import type { ClusterRow } from './cluster-store.js'
import { findCluster } from './find-cluster.js'
import { refuseWhileUsed } from './refuse-while-used.js'

/** Asks a simulated cluster's own control. Throws `conflict` for a real one. */
export async function controlSandbox(deps: ClusterDeps, row: ClusterRow, request: ControlRequest): Promise<SandboxState> {
  if (!isSimulated(row)) {
    throw new AppError('conflict', `${row.name} is a real cluster.`, {
      cause: 'Only simulated clusters can be reset and made to fail.',
      remedy: 'Choose one that is simulated.',
    })
  }
  return deps.sandboxes.control({ id: row.id, scene: row.scene ?? defaultScene }, request)
}

/**
 * Everything in it is gone, and a scene stands there. Throws `cluster-in-use` while work runs, so that no operation loses
 * its ground; until it is done, none begins.
 */
export async function resetSandbox(deps: ClusterDeps, row: ClusterRow, { scene }: { scene?: SceneName }): Promise<SandboxState> {
  refuseWhileUsed(deps, row)
  const next = scene ?? row.scene ?? defaultScene
  deps.resets.add(row.id)
  const state = await controlSandbox(deps, row, { method: 'POST', path: '/_sandbox/reset', body: { scene: next } }).finally(() =>
    deps.resets.delete(row.id),
  )
  deps.events.change((append) => {
    // It may have got another name while it was reset.
    const { id, name } = findCluster(deps.store, row.id)
    deps.store.update(id, { scene: next }, deps.now())
    append({ kind: 'cluster.changed', level: 'info', cluster: id, subject: id, message: `${name} was reset: ${next}.`, data: { name } })
  })
  return state
}
