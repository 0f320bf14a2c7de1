import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import {
  AdapterServiceClient,
  type ArtifactKeptRequest,
  type ExplainRequest,
  type ExplainResponse,
  type ListVersionsResponse,
  type PlanRequest,
  type PlanResponse,
  type RecoverRequest,
  type RecoverResponse,
  type RunChecksRequest,
  type RunChecksResponse,
  type StartRequest,
  type StartResponse,
  type WatchRequest,
  type WatchResponse,
} from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { AdapterProcess } from './adapter-process.js'
import { toAppError } from './grpc-errors.js'

/** Typed calls to one adapter process. Every failure rises as AppError with the adapter's own title, cause and remedy. */
export interface AdapterClient {
  readonly incarnation: string
  ping(): Promise<void>
  /** What can be installed; the chart repository is read anew first. */
  refreshVersions(): Promise<ListVersionsResponse>
  plan(request: PlanRequest, signal: AbortSignal): AsyncIterable<PlanResponse>
  start(request: StartRequest): Promise<StartResponse>
  watch(request: WatchRequest, signal: AbortSignal): AsyncIterable<WatchResponse>
  cancel(operation: string): Promise<void>
  recover(request: RecoverRequest): Promise<RecoverResponse>
  /** Tells a running operation that a file of it is stored. */
  artifactKept(request: ArtifactKeptRequest): Promise<void>
  runChecks(request: RunChecksRequest, signal: AbortSignal): AsyncIterable<RunChecksResponse>
  /** Ends with `signal`. */
  explain(request: ExplainRequest, signal: AbortSignal): Promise<ExplainResponse>
  close(): void
}

const shortCallMs = 10_000
const downloadMs = 60_000
const planMs = 5 * 60_000
const recoverMs = 60_000

// Measured: with the library's defaults a dead peer is not noticed in 25 s, and a returned one is first called after 13 s. The
// end of a process closes its socket at once, so this is for one that hangs; on a machine with eight times the work that it can
// do, an adapter that renders a chart was silent for more than 3 s, and an upgrade failed for it.
const channelOptions = {
  'grpc.keepalive_time_ms': 5_000,
  'grpc.keepalive_timeout_ms': 15_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 500,
  'grpc.max_receive_message_length': 8 * 1024 * 1024,
  'grpc.max_send_message_length': 8 * 1024 * 1024,
}

export function openAdapterClient(mesh: string, adapter: AdapterProcess): AdapterClient {
  const stub = new AdapterServiceClient(`unix:${adapter.socket}`, credentials.createInsecure(), channelOptions)
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${adapter.token}`)

  const unary = <Answer>(call: (done: (error: ServiceError | null, answer: Answer) => void) => unknown) =>
    new Promise<Answer>((resolve, reject) => {
      call((error, answer) => (error === null ? resolve(answer) : reject(toAppError(mesh, error))))
    })
  const within = (ms: number) => ({ deadline: Date.now() + ms })

  return {
    incarnation: adapter.incarnation,
    ping: async () => {
      await unary((done) => stub.getInfo({}, metadata, within(shortCallMs), done))
    },
    refreshVersions: () => unary<ListVersionsResponse>((done) => stub.listVersions({ refresh: true }, metadata, within(downloadMs), done)),
    plan: (request, signal) => readStream(mesh, stub.plan(request, metadata, within(planMs)), signal),
    start: (request) => unary<StartResponse>((done) => stub.start(request, metadata, within(recoverMs), done)),
    watch: (request, signal) => readStream(mesh, stub.watch(request, metadata), signal),
    cancel: async (operation) => {
      await unary((done) => stub.cancel({ operation }, metadata, within(shortCallMs), done))
    },
    recover: (request) => unary<RecoverResponse>((done) => stub.recover(request, metadata, within(recoverMs), done)),
    artifactKept: async (request) => {
      await unary((done) => stub.artifactKept(request, metadata, within(shortCallMs), done))
    },
    runChecks: (request, signal) => readStream(mesh, stub.runChecks(request, metadata, within(planMs)), signal),
    explain: async (request, signal) => {
      const asked = new AbortController()
      return unary<ExplainResponse>((done) => {
        const call = stub.explain(request, metadata, within(recoverMs), done)
        signal.addEventListener('abort', () => call.cancel(), { once: true, signal: asked.signal })
      }).finally(() => asked.abort())
    },
    close: () => stub.close(),
  }
}

interface CancellableStream<Message> extends AsyncIterable<Message> {
  cancel(): void
}

async function* readStream<Message>(mesh: string, stream: CancellableStream<Message>, signal: AbortSignal): AsyncGenerator<Message> {
  const cancel = () => stream.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  if (signal.aborted) cancel()
  try {
    yield* stream
  } catch (error) {
    throw toAppError(mesh, error)
  } finally {
    signal.removeEventListener('abort', cancel)
    stream.cancel()
  }
}
