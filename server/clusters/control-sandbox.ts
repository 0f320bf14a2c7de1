import type { SandboxState, SceneName } from '../../contract/sandbox.js'
import { AppError } from '../errors.js'
import type { ControlRequest } from '../kubernetes/sandbox-process.js'
import type { ClusterDeps } from './cluster-deps.js'
import type { ClusterRow } from './cluster-store.js'

const defaultScene: SceneName = 'applications'

/** Asks a simulated cluster's own control. Throws `conflict` for a real one. */
export async function controlSandbox(deps: ClusterDeps, row: ClusterRow, request: ControlRequest): Promise<SandboxState> {
  if (row.source !== 'sandbox') {
    throw new AppError('conflict', `${row.name} is a real cluster.`, { remedy: 'Only simulated clusters can be reset and made to fail.' })
  }
  return deps.sandboxes.control({ id: row.id, scene: row.scene ?? defaultScene }, request)
}

/** Everything in it is gone, and a scene stands there. Throws `cluster-in-use` while work runs, so that no operation loses its ground. */
export async function resetSandbox(deps: ClusterDeps, row: ClusterRow, { scene }: { scene?: SceneName }): Promise<SandboxState> {
  const user = deps.usedBy(row.id)
  if (user !== undefined) {
    throw new AppError('cluster-in-use', `${row.name} is in use.`, { cause: `By ${user}.`, remedy: 'Cancel it or wait for its end.' })
  }
  const next = scene ?? row.scene ?? defaultScene
  const state = await controlSandbox(deps, row, { method: 'POST', path: '/_sandbox/reset', body: { scene: next } })
  deps.events.change((append) => {
    const message = `${row.name} was reset: ${next}.`
    append({ kind: 'cluster.changed', level: 'info', cluster: row.id, subject: row.id, message, data: { name: row.name } })
    deps.store.update(row, { scene: next }, deps.now())
  })
  return state
}
