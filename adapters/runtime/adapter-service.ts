import { randomUUID } from 'node:crypto'
import type { AdapterServiceServer, RecoverRequest, StartRequest } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { openAcceptedOperations } from './accepted-operations.js'
import { AdapterError } from './adapter-error.js'
import { openCheckScene } from './checks/check-scene.js'
import { runChecks } from './checks/run-checks.js'
import { type ClusterSession, openClusterSession, type SessionOptions } from './cluster-session.js'
import { describeActions, describeInfo, describeVersions } from './describe-adapter.js'
import { explainPod } from './explain/explain-pod.js'
import { answerCall, answerStream, type CallGuard } from './grpc-calls.js'
import type { MeshAdapter } from './mesh-adapter.js'
import { offeredVersions } from './offered-versions.js'
import { planAction } from './plan-action.js'
import { readCall } from './read-call.js'
import { recoverOperation } from './recover-operation.js'
import { startOperation } from './start-operation.js'
import type { Workshop } from './workshop.js'

/** What the RPCs of one adapter process are made from. */
export interface ServiceOptions {
  adapter: MeshAdapter
  workshop: Workshop
  guard: CallGuard
  version: string
  incarnation: string
}

/** The RPCs of one adapter. `cancelAll` stops its operations when the process has to go. */
export function adapterService(options: ServiceOptions): { service: AdapterServiceServer; cancelAll: (reason: string) => void } {
  const { adapter, workshop, guard, version, incarnation } = options
  const operations = openAcceptedOperations(incarnation)
  const { isRunning } = operations
  const { offline } = workshop
  const info = describeInfo(adapter, { version, incarnation })

  const start = async (request: StartRequest) => {
    const { action, call } = readCall(adapter, request.call)
    await operations.accept(request, (operation) => startOperation(workshop, { action, call, request, isRunning }, operation))
    return { incarnation }
  }
  const recover = async (request: RecoverRequest, signal: AbortSignal) => {
    const { operation, grant } = request
    const { action, call } = readCall(adapter, request.call)
    await using session = await openSession(workshop, { grant, name: `recover-${operation}`, signal })
    // Awaited here: the session is closed when this function returns.
    return await recoverOperation(request, () =>
      action.prepare(call, { session, releases: workshop.releasesFor(session), signal, offline, operation, isRunning }),
    )
  }

  const service: AdapterServiceServer = {
    getInfo: answerCall(guard, async () => info),
    listVersions: answerCall(guard, async ({ refresh }, signal) => {
      const { catalog } = adapter
      return describeVersions(catalog, await offeredVersions(catalog, workshop.charts, refresh ? signal : undefined))
    }),
    listActions: answerCall(guard, async () => describeActions(adapter)),
    plan: answerStream(guard, async function* (request, signal) {
      const { action, call } = readCall(adapter, request.call)
      await using session = await openSession(workshop, { grant: request.grant, name: `plan-${request.plan}`, signal })
      const scene = { session, releases: workshop.releasesFor(session), signal, offline, operation: '', isRunning }
      for await (const entry of planAction(action, call, scene)) yield { entry }
    }),
    start: answerCall(guard, start),
    watch: answerStream(guard, async function* (request, signal) {
      const { journal } = operations.find(request.operation)
      yield* journal.read(request.afterIncarnation === incarnation ? request.afterN : 0n, signal)
    }),
    cancel: answerCall(guard, async ({ operation }) => {
      operations.find(operation).cancel.abort('cancelled')
      return {}
    }),
    recover: answerCall(guard, recover),
    artifactKept: answerCall(guard, async ({ operation, ...file }) => {
      operations.find(operation).artifacts.kept(file)
      return {}
    }),
    runChecks: answerStream(guard, async function* ({ grant, target, version }, signal) {
      const { catalog, checks = notServed('checks') } = adapter
      await using session = await openSession(workshop, { grant, name: 'checks', signal })
      const { namespace = '', revision = '' } = target ?? {}
      yield* runChecks(checks, openCheckScene({ session, catalog, namespace, revision, version }))
    }),
    explain: answerCall(guard, async ({ grant, namespace, pod, workload }, signal) => {
      const { catalog } = adapter
      if (catalog.injectionMarks.length === 0) notServed('explanations')
      await using session = await openSession(workshop, { grant, name: 'explain', signal })
      // Awaited here: the session is closed when this function returns.
      return await explainPod({ session, catalog, signal }, { namespace, pod, workload })
    }),
    render: answerCall(guard, () => notServed('rendering of intent')),
    parse: answerCall(guard, () => notServed('reading of intent')),
  }
  return { service, cancelAll: operations.cancelAll }
}

/** Names its folder apart from others: one operation may be looked at twice at once. */
function openSession({ workDir }: Workshop, { name, ...options }: Omit<SessionOptions, 'workDir'>): Promise<ClusterSession> {
  return openClusterSession({ ...options, workDir, name: `${name}-${randomUUID().slice(0, 8)}` })
}

function notServed(what: string): never {
  throw new AdapterError('action-not-offered', `This adapter does not serve ${what}.`, {
    cause: 'The contract has a place for it; no version of this adapter fills it yet.',
    remedy: 'Update Meshwright, or do without.',
    grpcStatus: 12,
  })
}
