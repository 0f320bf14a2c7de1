import { ErrorInfo, Help } from '../proto/gen/google/rpc/error_details.js'
import { Status } from '../proto/gen/google/rpc/status.js'
import type { Problem } from '../proto/gen/meshwright/adapter/v1/adapter.js'

/** The trailer of a failed call that carries the bytes, as gRPC implementations agree on. */
export const richStatusKey = 'grpc-status-details-bin'

const domain = 'meshwright'
const errorInfoUrl = 'type.googleapis.com/google.rpc.ErrorInfo'
const helpUrl = 'type.googleapis.com/google.rpc.Help'

/**
 * A problem as google.rpc.Status: `reason` and `metadata` in ErrorInfo, where `cause` and `remedy` travel as metadata;
 * `docs` as a Help link. `code` is the gRPC status number.
 */
export function encodeRichStatus(code: number, problem: Problem): Uint8Array {
  const metadata = { ...problem.metadata, cause: problem.cause, remedy: problem.remedy }
  const details = [{ typeUrl: errorInfoUrl, value: ErrorInfo.encode({ reason: problem.reason, domain, metadata }).finish() }]
  if (problem.docs) {
    const links = [{ description: problem.remedy, url: problem.docs }]
    details.push({ typeUrl: helpUrl, value: Help.encode({ links }).finish() })
  }
  return Status.encode({ code, message: problem.title, details }).finish()
}

/** The problem in a rich status; undefined when it is not one of ours. Throws on bytes that are no google.rpc.Status. */
export function decodeRichStatus(bytes: Uint8Array): Problem | undefined {
  const status = Status.decode(bytes)
  const info = status.details.find((detail) => detail.typeUrl === errorInfoUrl)
  if (info === undefined) return undefined
  const { reason, domain: sender, metadata: all } = ErrorInfo.decode(info.value)
  if (sender !== domain) return undefined
  const { cause = '', remedy = '', ...metadata } = all
  const help = status.details.find((detail) => detail.typeUrl === helpUrl)
  const docs = help && Help.decode(help.value).links[0]?.url
  return { reason, title: status.message, cause, remedy, docs: docs ?? '', metadata }
}
