import type { Outcome, Problem } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError, toAdapterError } from './adapter-error.js'
import type { HandOver } from './artifacts.js'
import type { Step, StepContext, StepLog } from './mesh-adapter.js'
import type { OperationLog } from './operation-log.js'

/** One run of an operation: the first, or one that goes on after an interruption. */
export interface Run {
  steps: readonly Step[]
  /** Key of the step to begin with; empty, or of a step that is done and gone: the first. */
  resumeFrom: string
  /** What a success comes to. */
  summary: string
  journal: OperationLog
  handOver: HandOver
  /** Aborted with 'cancelled' by a person, or with 'deadline' by the clock. */
  signal: AbortSignal
  deadline: number
  /** For errors that the user's log must not hold in full. */
  onError: (error: unknown, step: string) => void
}

const inspectionMs = 15_000

/**
 * Runs the steps in order and writes the journal before and after each. This is the one place where an error of a step is
 * caught: every end, good or bad, becomes one outcome with a problem that says what, why and what to do.
 */
export async function runOperation(run: Run): Promise<void> {
  const { steps, journal } = run
  const first = Math.max(
    0,
    steps.findIndex((step) => step.key === run.resumeFrom),
  )
  for (const step of steps.slice(0, first)) journal.step({ key: step.key, title: step.title, state: 'skipped' })
  let current: Step | undefined
  try {
    for (const step of steps.slice(first)) {
      run.signal.throwIfAborted()
      current = step
      journal.step({ key: step.key, title: step.title, state: 'running' })
      await step.run(contextOf(run, step))
      journal.step({ key: step.key, title: step.title, state: 'succeeded' })
      current = undefined
    }
    journal.outcome({ state: 'succeeded', world: 'clean', resumeFrom: '', problem: undefined, summary: run.summary })
  } catch (error) {
    run.onError(error, current?.key ?? '')
    await endBadly(run, current, error)
  }
}

function contextOf({ journal, handOver, signal, deadline }: Run, step: Step): StepContext {
  const log: StepLog = (level, message, about = {}) =>
    journal.log({ step: step.key, level, message, code: about.code ?? '', object: about.object })
  return { signal, deadline, log, handOver }
}

async function endBadly(run: Run, step: Step | undefined, error: unknown): Promise<void> {
  const problem = explain(run.signal, error)
  const state = problem.reason === 'CANCELLED' ? 'cancelled' : 'failed'
  if (step !== undefined) {
    const message = [problem.title, problem.cause, problem.remedy].filter(Boolean).join(' ')
    run.journal.log({ step: step.key, level: 'error', code: problem.reason, message, object: undefined })
    run.journal.step({ key: step.key, title: step.title, state })
  }
  const world = await worldAfter(run.steps)
  const resumeFrom = step?.key ?? run.steps.find((each) => each.key === run.resumeFrom)?.key ?? run.steps[0]?.key ?? ''
  run.journal.outcome({ state, world, resumeFrom: world === 'clean' ? '' : resumeFrom, problem, summary: '' })
}

/** An abort hides the error that it provoked: what counts is who aborted. */
function explain(signal: AbortSignal, error: unknown): Problem {
  if (!signal.aborted) return toAdapterError(error).problem
  if (signal.reason === 'deadline') {
    return new AdapterError('deadline-exceeded', 'The operation did not end within its time.', {
      cause: toAdapterError(error).details.cause,
      remedy: 'Look at the log for what it waited for, then retry with more time.',
    }).problem
  }
  return new AdapterError('cancelled', 'The operation was cancelled.', {
    remedy: 'What was done before stays. Retry it, or uninstall what is there.',
  }).problem
}

/** Clean when no step left a trace, unknown when that cannot be read. */
async function worldAfter(steps: readonly Step[]): Promise<Outcome['world']> {
  const look = Promise.all(steps.map((step) => step.inspect())).then(
    (evidence) => (evidence.every(({ state }) => state === 'untouched' || state === 'traceless') ? 'clean' : 'partial'),
    () => 'unknown',
  )
  const giveUp = new Promise<'unknown'>((resolve) => setTimeout(() => resolve('unknown'), inspectionMs).unref())
  return Promise.race([look, giveUp])
}
