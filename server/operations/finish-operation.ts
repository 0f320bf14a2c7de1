import { setMaxListeners } from 'node:events'
import type { ObservedObject } from '../../contract/operation.js'
import { snapshotObjects } from '../../kube/snapshot-objects.js'
import { explainKubeFailure } from '../kubernetes/kube-problem.js'
import { auditOperation } from './object-audit.js'
import type { OperationDeps } from './operation-deps.js'
import type { OperationRow } from './operation-store.js'
import { moveOperation, type Transition } from './record-progress.js'

const snapshotDeadlineMs = 60_000
const allKinds = 'all kinds'

/** What stands in the log when an operation's permission has ended and its last request is answered. */
export const fenced = {
  code: 'FENCED',
  level: 'debug',
  message: 'The permission of this operation to change the cluster has ended.',
} as const

/** Listing after, audit, then the final state: the fence has been closed before anyone looks. */
export async function finishOperation(
  deps: OperationDeps,
  row: OperationRow,
  result: Transition & { state: 'succeeded' | 'failed' | 'cancelled' },
): Promise<void> {
  await takeSnapshot(deps, row, 'after')
  const observed = auditOperation(deps, row, result.state)
  deps.events.change(() => {
    deps.objects.replaceObserved(row.id, observed)
    moveOperation(deps, row.id, withLeftovers(withTraces(result, hasTraces(deps, row, observed)), observed))
  })
}

/** Whether requests of the operation came through and something of it is seen, or nobody could see. */
function hasTraces(deps: OperationDeps, row: OperationRow, observed: ObservedObject[]): boolean {
  const cameThrough = deps.objects.requested(row.id).some(({ status }) => status < 300)
  const isSeen = deps.objects.snapshot(row.id, 'after')?.unreadable.every(({ kind }) => kind !== allKinds)
  return cameThrough && (observed.length > 0 || !isSeen)
}

/** The adapter looks for its releases; what was made before there was a record of one, such as a namespace, only the listing tells. */
function withTraces<Result extends Transition>(result: Result, traces: boolean): Result {
  if (!traces || result.state === 'succeeded' || result.outcome?.world !== 'clean') return result
  return { ...result, outcome: { ...result.outcome, world: 'partial' } }
}

/** An uninstall that leaves something says how much in its summary; the list of changed objects names each. */
function withLeftovers<Result extends Transition>(result: Result, observed: ObservedObject[]): Result {
  const left = observed.filter(({ change }) => change === 'left').length
  if (left === 0 || result.outcome === undefined) return result
  const summary = `${left} ${left === 1 ? 'object is' : 'objects are'} left; the changed objects name each, and why it belongs to the mesh.`
  return { ...result, outcome: { ...result.outcome, summary } }
}

/** Lists every object of the cluster, metadata only, and keeps it with the operation. */
export async function takeSnapshot(deps: OperationDeps, row: OperationRow, phase: 'before' | 'after'): Promise<void> {
  const { scope, name } = deps.clusters.find(row.cluster)
  const signal = AbortSignal.any([deps.closing, AbortSignal.timeout(snapshotDeadlineMs)])
  // Each of the listings on their way listens to it.
  setMaxListeners(0, signal)
  const list = async () => {
    const connection = await deps.clusters.connection(row.cluster)
    return snapshotObjects(connection, scope === 'cluster' ? { signal } : { signal, namespaces: scope })
  }
  const snapshot = await list().catch((error: unknown) => {
    // After the work, a cluster that does not answer must not hide the outcome: the listing is marked as missing.
    if (phase === 'before' || deps.closing.aborted) throw explainKubeFailure(error, { cluster: name })
    return { objects: [], unreadable: [{ kind: allKinds, reason: String(error) }] }
  })
  deps.objects.insertSnapshot(row.id, phase, snapshot)
}
