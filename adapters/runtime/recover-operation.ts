import type { RecoverRequest, RecoverResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { toAdapterError } from './adapter-error.js'
import type { PreparedAction, Step, StepEvidence } from './mesh-adapter.js'
import { isError } from './plan-findings.js'

/**
 * Compares what an interrupted operation wanted with what is there, and only reports. A step of the journal that the action
 * no longer has is done, as an uninstall has no step for a release that is gone, unless an error kept it from being built.
 */
export async function recoverOperation(
  { journal, requested }: Pick<RecoverRequest, 'journal' | 'requested'>,
  prepare: () => Promise<PreparedAction>,
): Promise<RecoverResponse> {
  const looked = await look(prepare).catch((error: unknown) => toAdapterError(error))
  if (looked instanceof Error) return unknown(`The cluster could not be looked at: ${looked.details.cause ?? looked.message}`)
  const hidden = whatIsHidden(journal, looked)
  if (hidden !== undefined) return unknown(hidden)
  const { seen } = looked
  const present = seen.filter(({ evidence }) => evidence.state !== 'untouched').map(describe)
  const missing = seen.filter(({ evidence }) => evidence.state !== 'done').map(describe)
  const next = seen.find(({ evidence }) => evidence.state !== 'done')
  if (next === undefined) {
    const summary = looked.prepared.summary ?? 'Everything that the operation wanted is there.'
    return { state: 'finished', summary, resumeFrom: '', present, missing }
  }
  const began = requested.length > 0 || journal.some((entry) => entry.state !== 'pending')
  const untouched = seen.every(({ evidence }) => evidence.state === 'untouched')
  if (untouched && requested.length === 0) {
    const summary = began ? 'The operation had begun, and changed nothing.' : 'The operation had not begun.'
    return { state: 'clean', summary, resumeFrom: next.step.key, present, missing }
  }
  return {
    state: 'partial',
    summary: `The operation stopped before "${next.step.title}" was done: ${next.evidence.detail}`,
    resumeFrom: next.step.key,
    present,
    missing,
  }
}

interface Seen {
  step: Step
  evidence: StepEvidence
}

interface Looked {
  prepared: PreparedAction
  seen: Seen[]
}

async function look(prepare: () => Promise<PreparedAction>): Promise<Looked> {
  const prepared = await prepare()
  const seen = await Promise.all(prepared.steps.map(async (step) => ({ step, evidence: await step.inspect() })))
  return { prepared, seen: seen.filter(({ evidence }) => evidence.state !== 'traceless') }
}

/** What a plan says when there is nothing left to do: for an interrupted operation, that it came to its end. */
const nothingLeft = new Set([
  'installation-absent',
  'release-not-stuck',
  'release-absent',
  'webhooks-not-silent',
  'finalizers-not-held',
  'add-on-absent',
  'sample-absent',
])

/** Why the steps are not all that the operation wanted; undefined when they are. No step at all is right only once all is gone. */
function whatIsHidden(journal: RecoverRequest['journal'], { prepared: { steps, findings }, seen }: Looked): string | undefined {
  const isGone = findings.some(({ code }) => nothingLeft.has(code))
  const error = findings.find((finding) => isError(finding) && !nothingLeft.has(finding.code))
  const isLost = journal.some(({ key, state }) => state !== 'succeeded' && steps.every((step) => step.key !== key))
  if (error !== undefined && (isLost || seen.length === 0)) {
    return ['Not every step could be compared with the cluster.', error.message, error.cause, error.remedy].filter(Boolean).join(' ')
  }
  return seen.length === 0 && !isGone ? 'The operation has no step that could be compared with the cluster.' : undefined
}

function unknown(summary: string): RecoverResponse {
  return { state: 'unknown', summary, resumeFrom: '', present: [], missing: [] }
}

function describe({ step, evidence }: Seen): string {
  return `${step.title}: ${evidence.detail}`
}
