import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { type handleServerStreamingCall, type handleUnaryCall, Metadata, type StatusObject } from '@grpc/grpc-js'
import type { Logger } from 'pino'
import { encodeRichStatus, richStatusKey } from '../../grpc-status/rich-status.js'
import { AdapterError, grpcStatusOf, toAdapterError } from './adapter-error.js'

/** Who may call, and where unexpected errors are written. */
export interface CallGuard {
  token: string
  log: Logger
}

type Answer<Request, Response> = (request: Request, signal: AbortSignal) => Promise<Response>
type AnswerStream<Request, Response> = (request: Request, signal: AbortSignal) => AsyncIterable<Response>

/** A unary call: the token is checked first, errors leave as google.rpc.Status, `signal` aborts when the caller is gone. */
export function answerCall<Request, Response>(guard: CallGuard, answer: Answer<Request, Response>): handleUnaryCall<Request, Response> {
  return (call, done) => {
    const gone = new AbortController()
    call.once('cancelled', () => gone.abort())
    const run = async () => {
      requireToken(guard, call.metadata)
      return answer(call.request, gone.signal)
    }
    run().then(
      (response) => done(null, response),
      (error: unknown) => done(toStatus(guard, error)),
    )
  }
}

/** A server stream: as answerCall; the next entry is made when the last one was taken. */
export function answerStream<Request, Response>(
  guard: CallGuard,
  answer: AnswerStream<Request, Response>,
): handleServerStreamingCall<Request, Response> {
  return (call) => {
    const gone = new AbortController()
    call.once('cancelled', () => gone.abort())
    const run = async () => {
      requireToken(guard, call.metadata)
      for await (const entry of answer(call.request, gone.signal)) {
        if (gone.signal.aborted) return
        if (!call.write(entry)) await once(call, 'drain', { signal: gone.signal })
      }
    }
    run().then(
      () => call.end(),
      (error: unknown) => {
        if (!gone.signal.aborted) call.emit('error', toStatus(guard, error))
      },
    )
  }
}

function requireToken({ token }: CallGuard, metadata: Metadata): void {
  const given = Buffer.from(String(metadata.get('authorization')[0] ?? ''))
  const wanted = Buffer.from(`Bearer ${token}`)
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return
  throw new AdapterError('unauthenticated', 'The call does not carry the token of this adapter process.', {
    remedy: 'Only the server that started this process may call it.',
  })
}

function toStatus({ log }: CallGuard, error: unknown): StatusObject {
  const { problem, code, details } = toAdapterError(error)
  if (code === 'internal') log.error({ err: error }, 'call failed')
  const status = details.grpcStatus ?? grpcStatusOf(problem)
  const metadata = new Metadata()
  metadata.set(richStatusKey, Buffer.from(encodeRichStatus(status, problem)))
  return { code: status, details: problem.title, metadata }
}
