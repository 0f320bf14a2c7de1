import { setTimeout as sleep } from 'node:timers/promises'
import { deleteObject } from '../../kube/delete-object.js'
import { KubeError } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { AdapterError } from './adapter-error.js'
import { fieldManager } from './apply-step.js'
import { objectFact } from './cluster-facts.js'
import type { ClusterSession } from './cluster-session.js'
import { judgeDelete, judgedAtOnce, keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step, StepContext } from './mesh-adapter.js'
import { refusedFindings } from './plan-findings.js'

/** One step that takes objects away. */
export interface DeleteStepOptions {
  key: string
  title: string
  component: string
  /** In the order in which they are deleted. */
  objects: readonly KubeObject[]
  /** How long finalizers and grace periods may take. */
  timeoutMs: number
  equivalent: string
  /** Only the very versions that were read: an object that somebody wrote since stays, and `conflict` is thrown. */
  asRead?: boolean
  /** What to do about what is not gone in time, where there is more to it than to look. */
  heldRemedy?: string | undefined
}

const pollMs = 500

/** Deletes objects by name and waits until they are gone. What is not there already counts as done. */
export function deleteStep({ session, signal }: Scene, options: DeleteStepOptions): Step {
  const { key, objects, timeoutMs, asRead = false, heldRemedy } = options
  return {
    ...options,
    kind: 'manifests',
    preview: async (arrivals) => {
      const judgement = { step: key, fieldManager, force: false, arrivals, expectedManagers: [], signal }
      const planned = await mapAtOnce(judgedAtOnce, objects, (object) => judgeDelete(session, object, judgement))
      const facts = await Promise.all(objects.map((object) => objectFact(session, keyOf(object))))
      return { hooks: [], objects: planned, findings: refusedFindings(planned), facts }
    },
    run: async (context) => {
      for (const object of objects) {
        context.signal.throwIfAborted()
        const asked = await deleteOne(session, object, asRead)
        context.log('info', `${nameOf(object)} ${asked ? 'is being deleted' : 'was not there'}`, { object: refOf(object) })
      }
      await waitGone(session, objects, { context, timeoutMs, remedy: heldRemedy })
    },
    inspect: async () => {
      const left = (await remaining(session, objects)).length
      const detail = left === 0 ? 'all gone' : `${left} of ${objects.length} objects are still there`
      return { state: left === 0 ? 'done' : left === objects.length ? 'untouched' : 'partial', detail }
    },
  }
}

async function deleteOne(session: ClusterSession, object: KubeObject, asRead: boolean): Promise<boolean> {
  const resource = await session.resource(object)
  if (resource === undefined) return false
  const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
  const { uid = '', resourceVersion = '' } = object.metadata
  return deleteObject(session.connection, { path, ...(asRead ? { preconditions: { uid, resourceVersion } } : {}) }).catch(
    (error: unknown) => {
      if (!(error instanceof KubeError) || error.status !== 409) throw error
      throw new AdapterError('conflict', `${nameOf(object)} was changed by somebody since the plan was made, so it stays.`, {
        cause: error.message,
        remedy: 'Plan again, look at the new plan, then start it.',
      })
    },
  )
}

const lookRemedy =
  'A finalizer needs its controller, and a pod its grace period: kubectl get --output yaml shows the finalizers, kubectl describe the events. Bring up what is waited for, then retry the operation.'

/** Throws `timeout` with the objects that are still there, and what each waits for. */
export async function waitGone(
  session: ClusterSession,
  objects: readonly KubeObject[],
  { context, timeoutMs, remedy = lookRemedy }: { context: StepContext; timeoutMs: number; remedy?: string | undefined },
): Promise<void> {
  const until = Math.min(context.deadline, Date.now() + timeoutMs)
  // Kinds whose definition was deleted are gone with it.
  session.forgetResources()
  for (;;) {
    const left = await remaining(session, objects)
    if (left.length === 0) return
    if (Date.now() >= until) {
      throw new AdapterError('timeout', `${left.length} of ${objects.length} objects are not gone yet.`, {
        cause: left
          .slice(0, 5)
          .map(({ object, finalizers }) => `${nameOf(object)}${finalizers && ` waits for ${finalizers}`}`)
          .join('; '),
        remedy,
      })
    }
    await sleep(pollMs, undefined, { signal: context.signal })
  }
}

async function remaining(session: ClusterSession, objects: readonly KubeObject[]): Promise<{ object: KubeObject; finalizers: string }[]> {
  const looked = await Promise.all(objects.map(async (object) => ({ object, live: await session.get(keyOf(object)) })))
  return looked.flatMap(({ object, live }) => (live ? [{ object, finalizers: (live.metadata.finalizers ?? []).join(', ') }] : []))
}
