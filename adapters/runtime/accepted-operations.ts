import { createHash } from 'node:crypto'
import { ActionCall, type StartRequest } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import { type Artifacts, openArtifacts } from './artifacts.js'
import { type OperationLog, openOperationLog } from './operation-log.js'

/** One operation that this incarnation accepted. It is forgotten with the process: the server keeps what matters. */
export interface AcceptedOperation {
  readonly journal: OperationLog
  readonly artifacts: Artifacts
  readonly cancel: AbortController
}

/** The operations of this incarnation by their id, which is the server's idempotency key. */
export interface AcceptedOperations {
  /**
   * Accepts an operation once. The same request again waits for the first and changes nothing; another request under the
   * same id is refused. Only a run that has ended may be taken up again, by a request that says where to resume: its journal
   * is new, so that nobody takes the outcome of the run before for its own, and goes on counting.
   */
  accept(request: StartRequest, begin: (operation: AcceptedOperation) => Promise<void>): Promise<void>
  /** Throws `not-found` for an operation that this incarnation did not accept. */
  find(operation: string): AcceptedOperation
  /** Whether this incarnation is at work on it now. */
  isRunning(operation: string): boolean
  /** Cancels all that run. */
  cancelAll(reason: string): void
}

interface Known extends AcceptedOperation {
  fingerprint: string
  begun: Promise<void>
}

/** Starts empty: what an earlier process accepted is not known here, and has to be recovered. */
export function openAcceptedOperations(incarnation: string): AcceptedOperations {
  const known = new Map<string, Known>()
  return {
    accept: async (request, begin) => {
      const before = known.get(request.operation)
      const fingerprint = fingerprintOf(request)
      const resumes = request.resumeFrom !== '' && before?.journal.ended !== undefined
      if (before !== undefined && !resumes) {
        if (before.fingerprint === fingerprint) return before.begun
        throw new AdapterError('idempotency-conflict', 'This operation id belongs to another request.', {
          remedy: 'Use a new id for new work.',
        })
      }
      const journal = openOperationLog(incarnation, before?.journal.last ?? 0n)
      const operation = { journal, artifacts: openArtifacts(journal), cancel: new AbortController() }
      const begun = begin(operation)
      known.set(request.operation, { ...operation, fingerprint, begun })
      // Refused before any change: the id is free again.
      await begun.catch((error: unknown) => {
        if (before === undefined) known.delete(request.operation)
        else known.set(request.operation, before)
        throw error
      })
    },
    find: (operation) => {
      const found = known.get(operation)
      if (found !== undefined) return found
      throw new AdapterError('not-found', 'This adapter process knows no such operation.', {
        cause: 'It was accepted by an earlier process, or never.',
        remedy: 'Recover it: look at the cluster to learn how far it came.',
      })
    },
    isRunning: (operation) => {
      const found = known.get(operation)
      return found !== undefined && found.journal.ended === undefined
    },
    cancelAll: (reason) => {
      for (const { cancel } of known.values()) cancel.abort(reason)
    },
  }
}

function fingerprintOf({ call, digest, resumeFrom, confirmed }: StartRequest): string {
  const text = JSON.stringify([call && ActionCall.toJSON(call), digest?.inputs, resumeFrom, confirmed])
  return createHash('sha256').update(text).digest('hex')
}
