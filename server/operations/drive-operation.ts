import type { RequestedObject } from '../../contract/operation.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AdapterClient } from '../adapter-link/adapter-client.js'
import { followOperation } from '../adapter-link/follow-operation.js'
import { AppError } from '../errors.js'
import { toActionCall } from './adapter-call.js'
import { toFailure } from './failure.js'
import { fenced, finishOperation, takeSnapshot } from './finish-operation.js'
import { confirmArtifact } from './keep-artifact.js'
import type { OperationDeps } from './operation-deps.js'
import type { OperationRow } from './operation-store.js'
import { findOperation, logServerLine, moveOperation, readOutcome, recordEntry } from './record-progress.js'
import { recoverOperation } from './recover-operations.js'
import { requestOf } from './stored-request.js'
import { whenWritable } from './when-writable.js'
import { withGrant } from './with-grant.js'

const operationDeadlineMs = 60 * 60_000

/** Carries one queued operation to its end: listing before, grant, adapter, fence, listing after, outcome. */
export async function driveOperation(deps: OperationDeps, id: string, resumeFrom = ''): Promise<void> {
  const row = findOperation(deps, id)
  const release = deps.registry.hold(row.mesh)
  try {
    await takeSnapshot(deps, row, 'before')
    assertNotCancelled(deps, id)
    const outcome = await workOnCluster(deps, row, resumeFrom)
    logServerLine(deps, row.id, fenced)
    await finishOperation(deps, row, readOutcome(outcome))
  } catch (error) {
    if (!deps.closing.aborted) await settle(deps, row, { error, isResume: resumeFrom !== '' })
  } finally {
    release()
  }
}

async function workOnCluster(deps: OperationDeps, row: OperationRow, resumeFrom: string): Promise<wire.Outcome> {
  const client = await deps.registry.connect(row.mesh)
  const deadline = new Date(Date.now() + operationDeadlineMs)
  let requests = deps.objects.requested(row.id).length
  const onRequested = ({ at, object, verb, subresource, status, auditId }: RequestedObject) => {
    const asked = { operation: row.id, n: ++requests, at: Date.parse(at), verb, ...object, subresource: subresource ?? null }
    deps.objects.insertRequested({ ...asked, status, auditId })
  }
  const access = { operation: row.id, cluster: row.cluster, mode: 'write' as const, expiresAt: deadline, onRequested }
  return withGrant(deps, access, (grant) => runOnAdapter(deps, row, { client, grant, deadline, resumeFrom }))
}

interface AdapterRun {
  client: AdapterClient
  grant: wire.Grant
  deadline: Date
  resumeFrom: string
}

async function runOnAdapter(
  deps: OperationDeps,
  row: OperationRow,
  { client, grant, deadline, resumeFrom }: AdapterRun,
): Promise<wire.Outcome> {
  const digest = deps.plans.find(row.plan)?.digest ?? undefined
  const { confirmed } = findOperation(deps, row.id)
  const request = { operation: row.id, call: toActionCall(requestOf(deps, row)), grant, digest, deadline, resumeFrom }
  const { incarnation } = await client.start({ ...request, confirmed: confirmed === true ? [] : confirmed }).catch(doubtIsLoss)
  moveOperation(deps, row.id, { state: 'running' })
  // Whoever cancelled while the adapter was asked to start found nobody to tell.
  if (findOperation(deps, row.id).cancelRequested) await client.cancel(row.id)
  const after = { incarnation, n: 0n }
  for await (const entry of followOperation({ registry: deps.registry, mesh: row.mesh, operation: row.id, after, signal: deps.closing })) {
    const outcome = recordEntry(deps, row, entry)
    if (outcome !== undefined) return outcome
    await confirmArtifact(deps, row.id, { client, entry: entry.entry })
  }
  throw new AppError('interrupted', 'The adapter ended its report without an outcome.')
}

/** A Start without an answer may have been accepted: it is never sent again, the world is looked at instead. */
function doubtIsLoss(error: unknown): never {
  if (!(error instanceof AppError) || !['adapter-unavailable', 'timeout'].includes(error.code)) throw error
  throw new AppError('interrupted', 'The adapter was lost while it was asked to start.', { ...error.details, from: error })
}

function assertNotCancelled(deps: OperationDeps, id: string): void {
  if (findOperation(deps, id).cancelRequested) throw new AppError('cancelled', 'The operation was cancelled before it began.')
}

/**
 * An adapter that refused to start changed nothing; one that was lost may have: look before anything else happens. A resume
 * that did not start leaves the operation as interrupted as it was.
 */
async function settle(deps: OperationDeps, row: OperationRow, { error, isResume }: { error: unknown; isResume: boolean }): Promise<void> {
  const { state, outcome } = findOperation(deps, row.id)
  const failure = toFailure(error)
  const isLost = state === 'running' || failure.code === 'interrupted'
  if (isLost) {
    await whenWritable(deps, () =>
      deps.events.change(() => {
        logServerLine(deps, row.id, fenced)
        moveOperation(deps, row.id, { state: 'interrupted', error: failure, outcome: { state: 'interrupted', world: 'unknown' } })
      }),
    )
    return recoverOperation(deps, row.id)
  }
  deps.log.info({ operation: row.id, err: error }, 'an operation did not start')
  const before = isResume && outcome !== null ? outcome : undefined
  if (failure.code === 'cancelled') {
    return moveOperation(deps, row.id, { state: 'cancelled', outcome: { state: 'cancelled', world: before?.world ?? 'clean' } })
  }
  if (before !== undefined) return moveOperation(deps, row.id, { state: 'interrupted', error: failure, outcome: before })
  moveOperation(deps, row.id, { state: 'failed', error: failure, outcome: { state: 'failed', world: 'clean' } })
}
