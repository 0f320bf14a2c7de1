import type { Logger } from 'pino'
import type { Confirmation, PlanDigest, StartRequest } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AcceptedOperation } from './accepted-operations.js'
import { AdapterError } from './adapter-error.js'
import { verifyFacts, verifyInputs } from './cluster-facts.js'
import { openClusterSession } from './cluster-session.js'
import type { Action, Call, PreparedAction, Scene } from './mesh-adapter.js'
import { isError } from './plan-findings.js'
import { runOperation } from './run-operation.js'
import type { Workshop } from './workshop.js'

const defaultDurationMs = 60 * 60_000

/**
 * Checks that the plan is still true and that what it asked for was confirmed, then lets the steps run in the background.
 * Whatever is wrong is thrown before anything changed.
 */
export async function startOperation(
  workshop: Workshop,
  { action, call, request, isRunning }: { action: Action; call: Call; request: StartRequest; isRunning: Scene['isRunning'] & {} },
  { journal, artifacts, cancel }: AcceptedOperation,
): Promise<void> {
  const { operation, grant, resumeFrom } = request
  const { signal } = cancel
  const { offline } = workshop
  // Not the operation's own signal: after a cancel the world is still to be looked at.
  const session = await openClusterSession({ grant, workDir: workshop.workDir, name: operation, signal: new AbortController().signal })
  const scene: Scene = { session, releases: workshop.releasesFor(session), signal, offline, operation, isRunning }
  const prepared = await prepareAndCheck(action, call, { scene, request }).catch(async (error: unknown) => {
    await session[Symbol.asyncDispose]()
    throw error
  })
  const deadline = request.deadline?.getTime() ?? Date.now() + defaultDurationMs
  const clock = setTimeout(() => cancel.abort('deadline'), Math.max(0, deadline - Date.now()))
  const onError = logErrors(workshop.log, operation)
  const { handOver } = artifacts
  const { steps, summary = '' } = prepared
  void runOperation({ steps, summary, resumeFrom, journal, handOver, signal, deadline, onError }).finally(() => {
    clearTimeout(clock)
    return session[Symbol.asyncDispose]()
  })
}

async function prepareAndCheck(
  action: Action,
  call: Call,
  { scene, request }: { scene: Scene; request: StartRequest },
): Promise<PreparedAction> {
  const prepared = await action.prepare(call, scene)
  const digest = request.digest ?? missingDigest()
  refuseFindings(prepared)
  verifyInputs(call, prepared.inputs, digest)
  // A resumed operation has itself changed what its plan rested on.
  if (!request.resumeFrom) await verifyFacts(scene.session, digest.preconditions)
  requireConfirmations(prepared.confirmations, request.confirmed)
  return prepared
}

function missingDigest(): PlanDigest {
  throw new AdapterError('invalid-request', 'The call carries no digest of its plan.', { remedy: 'Plan first, then start that plan.' })
}

function refuseFindings({ findings }: PreparedAction): void {
  const error = findings.find(isError)
  if (error === undefined) return
  const { message, cause, remedy, docs, code } = error
  throw new AdapterError(code === 'installer-not-ours' ? code : 'plan-refused', message, {
    cause,
    remedy,
    docs,
    metadata: { finding: code },
  })
}

function requireConfirmations(confirmations: readonly Confirmation[], confirmed: readonly string[]): void {
  const missing = confirmations.find(({ code }) => !confirmed.includes(code))
  if (missing === undefined) return
  const code = missing.code === 'members-left' ? missing.code : 'confirmation-required'
  throw new AdapterError(code, missing.text, {
    remedy: `Do what the text names, or confirm "${missing.code}" to go on all the same.`,
    metadata: { confirmation: missing.code },
  })
}

function logErrors(log: Logger, operation: string) {
  return (error: unknown, step: string) => log.warn({ operation, step, err: error }, 'step failed')
}
