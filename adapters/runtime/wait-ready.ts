import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../kube/kube-object.js'
import { AdapterError } from './adapter-error.js'
import type { ClusterSession } from './cluster-session.js'
import { keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import type { StepContext } from './mesh-adapter.js'
import { podProblems } from './pod-problems.js'
import { readinessOf } from './workload-readiness.js'

const pollMs = 1_000

/** Waits until every object is ready, and logs each change on the way. Throws `workload-not-ready` with what the pods say. */
export async function waitReady(
  session: ClusterSession,
  objects: readonly KubeObject[],
  { context, timeoutMs }: { context: StepContext; timeoutMs: number },
): Promise<void> {
  const until = Math.min(context.deadline, Date.now() + timeoutMs)
  let waitingFor = [...objects]
  const told = new Map<string, string>()
  while (waitingFor.length > 0) {
    const looked = await Promise.all(waitingFor.map((object) => look(session, object)))
    for (const { object, detail, ready } of looked) {
      if (told.get(nameOf(object)) === detail) continue
      told.set(nameOf(object), detail)
      context.log(ready ? 'info' : 'debug', `${nameOf(object)}: ${detail}`, { object: refOf(object) })
    }
    waitingFor = looked.filter(({ ready }) => !ready).map(({ object }) => object)
    if (waitingFor.length === 0) return
    if (Date.now() >= until)
      throw await notReady(
        session,
        looked.filter(({ ready }) => !ready),
      )
    await sleep(pollMs, undefined, { signal: context.signal })
  }
}

interface Looked {
  object: KubeObject
  live: KubeObject | undefined
  ready: boolean
  detail: string
}

async function look(session: ClusterSession, object: KubeObject): Promise<Looked> {
  const live = await session.get(keyOf(object))
  if (live === undefined) return { object, live, ready: false, detail: 'not there' }
  return { object, live, ...readinessOf(live) }
}

async function notReady(session: ClusterSession, waiting: readonly Looked[]): Promise<AdapterError> {
  const problems = await Promise.all(waiting.map(({ live }) => (live ? podProblems(session, live) : [])))
  const states = waiting.map(({ object, detail }) => `${nameOf(object)}: ${detail}`)
  return new AdapterError('workload-not-ready', `${waiting.length} of the objects did not get ready in time.`, {
    cause: [...states, ...problems.flat()].slice(0, 10).join('; '),
    remedy: 'Correct what the cause names, then retry the operation.',
  })
}
