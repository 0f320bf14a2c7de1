import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { credentials, Metadata, type ServiceError } from '@grpc/grpc-js'
import { decodeRichStatus, richStatusKey } from '../../grpc-status/rich-status.js'
import {
  type ActionCall,
  AdapterServiceClient,
  type ExplainRequest,
  type ExplainResponse,
  type Grant,
  type PlanRequest,
  type PlanResponse,
  type Problem,
  type RecoverRequest,
  type RecoverResponse,
  type StartRequest,
  type StartResponse,
  type WatchRequest,
  type WatchResponse,
} from '../../proto/gen/meshwright/adapter/v1/adapter.js'

export interface AdapterOptions {
  mesh: string
  /** Of an adapter that is not the product's. */
  mainFile?: string
  helm?: string
  chartMirror?: string
  environment?: Record<string, string>
}

/** A real adapter process from dist/, called over its real socket. `await using` ends it. */
export interface AdapterUnderTest extends AsyncDisposable {
  readonly client: AdapterServiceClient
  readonly child: ChildProcess
  readonly incarnation: string
  readonly workDir: string
  readonly dataDir: string
  readonly metadata: Metadata
  plan(call: ActionCall, grant: Grant): Promise<PlanOutcome>
  start(request: StartRequest): Promise<StartResponse>
  watch(request: Partial<WatchRequest> & { operation: string }): Promise<WatchResponse[]>
  cancel(operation: string): Promise<unknown>
  recover(request: RecoverRequest): Promise<RecoverResponse>
  explain(grant: Grant, target: Partial<ExplainRequest>): Promise<ExplainResponse>
}

export interface PlanOutcome {
  entries: NonNullable<PlanResponse['entry']>[]
  /** Values of one kind of entry, in order. */
  of<Case extends NonNullable<PlanResponse['entry']>['$case']>(
    kind: Case,
  ): Extract<NonNullable<PlanResponse['entry']>, { $case: Case }>['value'][]
}

const token = 'test-token-0123456789'

export async function startAdapter({ mesh, mainFile, helm, chartMirror, environment }: AdapterOptions): Promise<AdapterUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'mw-adapter-'))
  const workDir = join(folder, 'work')
  const dataDir = join(folder, 'data')
  const socket = join(folder, 's')
  const child = spawn(process.execPath, [mainFile ?? resolve('dist/adapters', mesh, 'adapter.js')], {
    stdio: ['pipe', 'pipe', process.env.ADAPTER_LOG ? 'inherit' : 'ignore'],
    env: {
      PATH: '/usr/bin:/bin',
      MESHWRIGHT_ADAPTER_SOCKET: socket,
      MESHWRIGHT_ADAPTER_TOKEN: token,
      MESHWRIGHT_ADAPTER_WORK_DIR: workDir,
      MESHWRIGHT_DATA_DIR: dataDir,
      MESHWRIGHT_OFFLINE: '1',
      MESHWRIGHT_LOG_LEVEL: 'debug',
      ...(helm ? { MESHWRIGHT_HELM: helm } : {}),
      ...(chartMirror ? { MESHWRIGHT_CHART_MIRROR: chartMirror } : {}),
      ...environment,
    },
  })
  const incarnation = await readyLine(child)
  const client = new AdapterServiceClient(`unix:${socket}`, credentials.createInsecure())
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${token}`)
  const unary = <Answer>(call: (done: (error: ServiceError | null, answer: Answer) => void) => unknown) =>
    new Promise<Answer>((done, fail) => {
      call((error, answer) => (error ? fail(error) : done(answer)))
    })
  return {
    client,
    child,
    incarnation,
    workDir,
    dataDir,
    metadata,
    plan: (call, grant) => collectPlan(client.plan({ plan: 'plan-1', call, grant } satisfies PlanRequest, metadata)),
    start: (request) => unary((done) => client.start(request, metadata, done)),
    watch: async ({ operation, afterIncarnation = '', afterN = 0n }) => {
      const entries: WatchResponse[] = []
      for await (const entry of client.watch({ operation, afterIncarnation, afterN }, metadata)) entries.push(entry)
      return entries
    },
    cancel: (operation) => unary((done) => client.cancel({ operation }, metadata, done)),
    recover: (request) => unary((done) => client.recover(request, metadata, done)),
    explain: (grant, target) => {
      const request = { target: undefined, grant, namespace: '', pod: '', workload: '', ...target }
      return unary((done) => client.explain(request, metadata, done))
    },
    [Symbol.asyncDispose]: async () => {
      client.close()
      await endProcess(child)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Closes the pipe, as the death of a parent does, and waits for the end. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.stdin?.end()
  await gone
}

/** The problem in a failed call's rich status. */
export async function problemOf(call: Promise<unknown>): Promise<Problem & { status: number }> {
  const error = await call.then(
    () => undefined,
    (failure: ServiceError) => failure,
  )
  const bytes = error?.metadata?.get(richStatusKey)[0]
  const problem = Buffer.isBuffer(bytes) ? decodeRichStatus(bytes) : undefined
  if (error === undefined || problem === undefined) throw new Error(`not a refusal of ours: ${error}`)
  return { ...problem, status: error.code }
}

async function collectPlan(stream: AsyncIterable<PlanResponse>): Promise<PlanOutcome> {
  const entries: NonNullable<PlanResponse['entry']>[] = []
  for await (const { entry } of stream) if (entry) entries.push(entry)
  return {
    entries,
    of: (kind) => entries.flatMap((entry) => (entry.$case === kind ? [entry.value as never] : [])),
  }
}

async function readyLine(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error('the adapter has no output')
  const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the adapter ended with ${code}; ADAPTER_LOG=1 shows why`)))
  const [line]: string[] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended])
  return JSON.parse(line ?? '').incarnation
}
