import { type Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { type Code, fromReason } from '../../contract/codes.js'
import { decodeRichStatus, richStatusKey } from '../../grpc-status/rich-status.js'
import { AppError } from '../errors.js'

// Only what the transport itself says; an adapter's own refusal carries its reason.
const codeByStatus: Partial<Record<status, Code>> = {
  [status.UNAVAILABLE]: 'adapter-unavailable',
  [status.CANCELLED]: 'cancelled',
  [status.DEADLINE_EXCEEDED]: 'timeout',
}

const titles: Partial<Record<Code, string>> = {
  'adapter-unavailable': 'adapter cannot be reached.',
  cancelled: 'adapter was told to stop.',
  timeout: 'adapter did not answer in time.',
}

/** A failed call as AppError: the adapter's own problem when it sent one, else what the transport says. */
export function toAppError(mesh: string, error: unknown): AppError {
  if (error instanceof AppError) return error
  if (!isServiceError(error)) return new AppError('internal', `The call to the ${mesh} adapter failed.`, { from: error })
  const [bytes] = error.metadata.get(richStatusKey)
  const problem = Buffer.isBuffer(bytes) ? decodeRichStatus(bytes) : undefined
  if (problem !== undefined) {
    const { title, cause, remedy, docs, reason } = problem
    return new AppError(fromReason(reason) ?? 'adapter-failed', title, {
      cause: cause || undefined,
      remedy: remedy || undefined,
      docs: docs || undefined,
      from: error,
    })
  }
  const code = codeByStatus[error.code] ?? 'adapter-failed'
  return new AppError(code, `The ${mesh} ${titles[code] ?? 'adapter failed.'}`, {
    cause: error.details,
    remedy: 'Try again; the page shows how the adapter is.',
    from: error,
  })
}

function isServiceError(error: unknown): error is ServiceError & { metadata: Metadata } {
  return error instanceof Error && 'code' in error && 'metadata' in error && 'details' in error
}
