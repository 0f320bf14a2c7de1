import { type Code, fromReason } from '../../contract/codes.js'
import type { OperationLogEntry, OperationOutcome, OperationState, StepState } from '../../contract/operation.js'
import type { Failure } from '../../contract/primitives.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { dropAbsent } from '../drop-absent.js'
import { AppError } from '../errors.js'
import { keepArtifactPart } from './keep-artifact.js'
import type { OperationDeps } from './operation-deps.js'
import { assertTransition, holdsLocks, isFinal } from './operation-state.js'
import type { OperationRow } from './operation-store.js'

const stepStates: Record<string, StepState | undefined> = {
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
}
const levels: Record<string, OperationLogEntry['level'] | undefined> = { debug: 'debug', info: 'info', warning: 'warning', error: 'error' }

/** The row of an operation; throws `not-found`. */
export function findOperation(deps: Pick<OperationDeps, 'operations'>, id: string): OperationRow {
  const row = deps.operations.find(id)
  if (row !== undefined) return row
  throw new AppError('not-found', 'There is no such operation.', { remedy: 'GET /api/v1/operations lists them.' })
}

/** What is kept with a new state. */
export interface Transition {
  state: OperationState
  outcome?: OperationOutcome
  error?: Failure
}

/** The only way to another state: checks the table, keeps row, steps, locks and event in one transaction. */
export function moveOperation(deps: OperationDeps, id: string, { state: to, outcome, error }: Transition): void {
  deps.events.change((append) => {
    const row = findOperation(deps, id)
    assertTransition(row.state, to)
    const now = Date.now()
    deps.operations.update(id, {
      state: to,
      ...(outcome === undefined ? {} : { outcome }),
      error: error ?? null,
      ...(to === 'running' && row.startedAt === null ? { startedAt: now } : {}),
      ...(isFinal(to) ? { endedAt: now } : {}),
    })
    if (isFinal(to) || to === 'interrupted') closeSteps(deps, id, to)
    if (!holdsLocks(to)) deps.operations.unlock(id)
    append({
      kind: 'operation.changed',
      level: to === 'failed' || to === 'interrupted' ? 'error' : 'info',
      cluster: row.cluster,
      subject: id,
      message: `${row.request.action} ${row.mesh}: ${to}${error === undefined ? '' : `. ${error.title}`}`,
      data: { state: to },
    })
  })
}

/** A step that was running when the operation ended did not finish, whatever the adapter last said. */
function closeSteps(deps: OperationDeps, id: string, to: OperationState): void {
  const left: StepState =
    to === 'cancelled' ? 'cancelled' : to === 'interrupted' ? 'interrupted' : to === 'succeeded' ? 'succeeded' : 'failed'
  for (const step of deps.operations.steps(id)) {
    if (step.state === 'running') deps.operations.updateStep(id, step.key, { state: left, endedAt: Date.now() })
  }
}

/** Stores one entry of the adapter's journal with its position, then publishes. Returns the outcome when it was one. */
export function recordEntry(deps: OperationDeps, row: OperationRow, message: wire.WatchResponse): wire.Outcome | undefined {
  const at = (message.at ?? new Date()).getTime()
  deps.events.change((append) => {
    deps.operations.update(row.id, { incarnation: message.incarnation, lastN: Number(message.n) })
    if (message.entry?.$case === 'step') {
      const { key, state } = message.entry.value
      recordStep(deps, row.id, { key, state: stepStates[state] ?? 'failed', at })
      append({
        kind: 'operation.changed',
        level: 'info',
        cluster: row.cluster,
        subject: row.id,
        message: `${row.request.action} ${row.mesh}: ${message.entry.value.title} ${state}`,
        data: { state: 'running', step: key, stepState: state },
      })
    }
    if (message.entry?.$case === 'log') {
      const { step, level, code, message: text, object } = message.entry.value
      const entry = { operation: row.id, at, step, level: levels[level] ?? 'info', message: text }
      logTo(deps, { ...entry, code: code || null, object: object ?? null })
    }
    if (message.entry?.$case === 'artifact') keepArtifactPart(deps, row.id, message.entry.value)
  })
  return message.entry?.$case === 'outcome' ? message.entry.value : undefined
}

function recordStep(deps: OperationDeps, operation: string, { key, state, at }: { key: string; state: StepState; at: number }): void {
  const times = state === 'running' ? { startedAt: at, endedAt: null } : { endedAt: at }
  deps.operations.updateStep(operation, key, { state, ...times })
}

/** A line of the server's own in an operation's log: fences, recoveries. */
export function logServerLine(
  deps: OperationDeps,
  operation: string,
  line: { code: string; level: OperationLogEntry['level']; message: string },
) {
  logTo(deps, { operation, at: Date.now(), step: '', object: null, ...line })
}

function logTo(deps: OperationDeps, entry: Parameters<OperationDeps['logs']['append']>[0]): void {
  const n = deps.logs.append(entry)
  if (n !== undefined) deps.events.tick({ topic: 'operation.log', subject: entry.operation, data: { n } })
}

const outcomeStates = { succeeded: 'succeeded', failed: 'failed', cancelled: 'cancelled' } as const
const worlds: Record<string, OperationOutcome['world'] | undefined> = { clean: 'clean', partial: 'partial', unknown: 'unknown' }

/** The adapter's last word in our own shapes; a state that we do not know counts as failed with an unknown world. */
export function readOutcome({
  state,
  world,
  resumeFrom,
  problem,
  summary,
}: wire.Outcome): Transition & { state: 'succeeded' | 'failed' | 'cancelled' } {
  const known = Object.values(outcomeStates).find((each) => each === state) ?? 'failed'
  return {
    state: known,
    outcome: { state: known, world: worlds[world] ?? 'unknown', ...dropAbsent({ resumeFrom, summary }) },
    ...dropAbsent({ error: problem && readProblem(problem) }),
  }
}

function readProblem({ reason, title, cause, remedy, docs }: wire.Problem): Failure {
  const code: Code = fromReason(reason) ?? 'adapter-failed'
  return { code, title, ...dropAbsent({ cause, remedy, docs }) }
}
