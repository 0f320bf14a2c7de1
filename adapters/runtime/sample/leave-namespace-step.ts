import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../../kube/kube-object.js'
import { AdapterError } from '../adapter-error.js'
import { applyStep } from '../apply-step.js'
import type { ClusterSession } from '../cluster-session.js'
import { count } from '../count.js'
import { deleteStep } from '../delete-step.js'
import { keyOf } from '../judge-object.js'
import type { Scene, Step, StepContext } from '../mesh-adapter.js'
import { readContent } from './namespace-content.js'
import { listed } from './sample-findings.js'
import { sampleLabel, sampleManager } from './sample-names.js'

const pollMs = 500

/** What is left to do with the namespace once the sample's objects are deleted. */
interface LeaveOptions {
  namespace: KubeObject
  timeoutMs: number
}

/** Deletes the namespace that came with the sample. Looks once more at what is in it: what somebody put there since the plan keeps it, and so does what cannot be seen. */
export function deleteNamespaceStep(scene: Scene, { namespace, timeoutMs }: LeaveOptions): Step {
  const { name = '' } = namespace.metadata
  const step = deleteStep(scene, {
    ...{ key: 'namespace', title: `Delete namespace ${name}`, component: 'sample', objects: [namespace], timeoutMs },
    equivalent: `kubectl delete namespace ${name}`,
  })
  return {
    ...step,
    run: async (context) => {
      const { foreign, unseen } = await readContent(scene.session, name)
      if (foreign.length > 0) {
        throw new AdapterError('conflict', `Namespace ${name} stays: somebody put something into it since the plan was made.`, {
          cause: `${listed(foreign)}.`,
          remedy: 'Retry the operation: its new plan leaves the namespace where it is.',
        })
      }
      if (unseen.length > 0) {
        throw new AdapterError('conflict', `Namespace ${name} stays: what is in it cannot be seen any more.`, {
          cause: `An object of somebody's could be among these kinds, which cannot be listed: ${unseen.join(', ')}.`,
          remedy:
            'Grant the cluster connection the verb list for them and retry the operation, or look into the namespace and delete it by hand.',
        })
      }
      await step.run(context)
    },
  }
}

/** Takes our marks off a namespace that stays, and none that others have written, too. */
export function unmarkNamespaceStep(scene: Scene, { namespace, timeoutMs }: LeaveOptions): Step {
  const { session } = scene
  const { name = '' } = namespace.metadata
  const step = applyStep(scene, {
    ...{ key: 'namespace', title: `Take the marks of the sample off namespace ${name}`, component: 'sample' },
    // By an apply that names nothing: the fields that were ours alone go.
    objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }],
    ...{ manager: sampleManager, force: false, equivalent: '' },
  })
  const isMarked = async () => (await session.get(keyOf(namespace)))?.metadata.labels?.[sampleLabel] !== undefined
  return {
    ...step,
    run: async (context) => {
      await podsGone(session, name, { context, timeoutMs })
      // An apply would make a namespace anew that somebody has deleted.
      if (await isMarked()) await step.run(context)
      else context.log('info', `Namespace ${name} bears no mark of the sample.`)
    },
    inspect: async () =>
      (await isMarked()) ? { state: 'untouched', detail: 'it is marked' } : { state: 'done', detail: 'it is not marked' },
  }
}

/** Pods outlive their Deployment by their grace period. */
async function podsGone(
  session: ClusterSession,
  namespace: string,
  { context, timeoutMs }: { context: StepContext; timeoutMs: number },
): Promise<void> {
  const until = Math.min(context.deadline, Date.now() + timeoutMs)
  for (;;) {
    const pods = await session.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: sampleLabel, metadataOnly: true })
    if (pods.length === 0) return
    if (Date.now() >= until) {
      throw new AdapterError('timeout', `${count(pods.length, 'pod')} of the sample did not end in time.`, {
        cause: `${listed(pods)}.`,
        remedy: 'Look at them with kubectl describe, then retry the operation.',
      })
    }
    await sleep(pollMs, undefined, { signal: context.signal })
  }
}
