import type { OperationOutcome } from '../../contract/operation.js'
import type { RecoverResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { toActionCall } from './adapter-call.js'
import { toFailure } from './failure.js'
import { fenced, finishOperation } from './finish-operation.js'
import { neverAsked, type OperationDeps } from './operation-deps.js'
import type { OperationRow } from './operation-store.js'
import { findOperation, logServerLine, moveOperation } from './record-progress.js'
import { requestOf } from './stored-request.js'
import { withGrant } from './with-grant.js'

const recoverDeadlineMs = 60_000

/**
 * At the start of a server: what was under way has lost its server, and with it its grant. Plans are failed, operations
 * are fenced and looked at. Nothing is started again here. Plans of the past lose their objects after a week.
 */
export function recoverOperations(deps: OperationDeps): void {
  deps.plans.prune(Date.now(), deps.rollouts.openPlans())
  for (const plan of deps.plans.unfinished()) {
    const failure = { code: 'interrupted', title: 'The server ended while this plan was made.', remedy: 'Make a new plan.' }
    deps.plans.update(plan.id, { state: 'failed', failure })
  }
  for (const row of deps.operations.inStates(['planning', 'ready'])) {
    const error = { code: 'interrupted', title: 'The server ended before this operation began.', remedy: 'Retry it.' }
    moveOperation(deps, row.id, { state: 'failed', error, outcome: { state: 'failed', world: 'clean' } })
  }
  const lost = deps.operations.inStates(['queued', 'running', 'waiting-for-approval'])
  for (const row of lost) {
    logServerLine(deps, row.id, {
      ...fenced,
      message: 'The server ended, and with it the permission of this operation to change the cluster.',
    })
    const error = { code: 'interrupted', title: 'The server ended while this operation ran.', remedy: 'Resume or cancel it.' }
    moveOperation(deps, row.id, { state: 'interrupted', error, outcome: { state: 'interrupted', world: 'unknown' } })
  }
  for (const { id } of deps.operations.inStates(['interrupted'])) deps.background.start(`recovery ${id}`, () => recoverOperation(deps, id))
}

/** Lets the adapter look at what an interrupted operation left, through a read-only grant, and keeps what it reports. */
export async function recoverOperation(deps: OperationDeps, id: string): Promise<void> {
  const row = findOperation(deps, id)
  let release = () => {}
  try {
    // Inside: a mesh that this build no longer has is one more thing that cannot be looked at.
    release = deps.registry.hold(row.mesh)
    const report = await askAdapter(deps, row)
    logServerLine(deps, id, { code: 'RECOVERED', level: 'info', message: report.summary })
    await keepReport(deps, row, report)
  } catch (error) {
    if (deps.closing.aborted) return
    deps.log.warn({ operation: id, error }, 'an interrupted operation could not be looked at')
    const { title, cause } = toFailure(error)
    logServerLine(deps, id, { code: 'RECOVER_FAILED', level: 'warning', message: [title, cause].filter(Boolean).join(' ') })
  } finally {
    release()
  }
}

async function askAdapter(deps: OperationDeps, row: OperationRow): Promise<RecoverResponse> {
  const client = await deps.registry.connect(row.mesh)
  const expiresAt = new Date(Date.now() + recoverDeadlineMs)
  const journal = deps.operations.steps(row.id).map(({ key, state }) => ({ key, state }))
  const requested = deps.objects.requested(row.id).map(({ verb, apiVersion, kind, namespace, name, status, auditId }) => ({
    ...{ verb, status, auditId },
    object: { apiVersion, kind, namespace, name },
  }))
  const access = { operation: row.id, cluster: row.cluster, mode: 'read' as const, expiresAt, onRequested: neverAsked }
  const call = toActionCall(requestOf(deps, row))
  return withGrant(deps, access, (grant) => client.recover({ operation: row.id, call, grant, journal, requested }))
}

async function keepReport(deps: OperationDeps, row: OperationRow, report: RecoverResponse): Promise<void> {
  const { state, summary, resumeFrom } = report
  // Somebody cancelled or resumed it while the adapter looked: the report is of a past that no longer counts.
  if (findOperation(deps, row.id).state !== 'interrupted') return
  if (state === 'finished') {
    for (const step of deps.operations.steps(row.id)) {
      if (step.state !== 'succeeded') deps.operations.updateStep(row.id, step.key, { state: 'succeeded', endedAt: Date.now() })
    }
    await finishOperation(deps, row, { state: 'succeeded', outcome: { state: 'succeeded', world: 'clean', summary } })
    return
  }
  const world = state === 'clean' || state === 'partial' ? state : 'unknown'
  const first = deps.operations.steps(row.id)[0]?.key ?? ''
  const from = resumeFrom || (state === 'clean' ? first : '')
  const outcome: OperationOutcome = { state: 'interrupted', world, summary, ...(from === '' ? {} : { resumeFrom: from }) }
  deps.events.change((append) => {
    deps.operations.update(row.id, { outcome })
    append({
      kind: 'operation.changed',
      level: 'warning',
      cluster: row.cluster,
      subject: row.id,
      message: `${row.request.action} ${row.mesh}: ${summary}`,
      data: { state: 'interrupted', world },
    })
  })
}
