import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { AdapterError } from './adapter-error.js'
import type { ClusterSession } from './cluster-session.js'
import { count } from './count.js'
import { budgetFindings, waitForBudgets } from './disruption-budgets.js'
import { judgedAtOnce, judgePatch } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { NamespaceApplications } from './membership-pods.js'
import type { Scene, Step, StepContext } from './mesh-adapter.js'
import { refusedFindings } from './plan-findings.js'
import { someNames } from './some-names.js'
import { waitReady } from './wait-ready.js'

/** What runs in a namespace now, held against what its pods are to become. */
export interface Roll {
  applications: NamespaceApplications
  /** The workloads that have to bring new pods. */
  workloads: readonly KubeObject[]
  isAsWished(pod: KubeObject): boolean
}

/** Which pods of one namespace are to be made anew, and how long that may take. */
export interface RollPodsOptions {
  key: string
  namespace: string
  /** The workloads that restarted when the plan was made: what it shows. The step itself looks anew. */
  shown: readonly KubeObject[]
  look(): Promise<Roll>
  patchOf(workload: KubeObject): object
  /** As the end of "3 of 3 pods of shop are …", and of "1 pod of shop did not get …". */
  texts: { wished: string; missed: string }
  timeoutMs: number
}

/** Who we are to the API server where we restart. */
export const restartManager = 'meshwright-restart'
const pollMs = 1_000

/**
 * Makes the pods of a namespace what they are to be: restarts the workloads that have a pod which is not, as `kubectl rollout
 * restart` does, as gently as their own rollout settings say and only when their disruption budgets can spare it, waits, and then looks at every pod. It fails with the names
 * of those that are still not as wished.
 */
export function rollPodsStep({ session, signal }: Scene, options: RollPodsOptions): Step {
  const { key, namespace, shown, look, patchOf, timeoutMs } = options
  return {
    key,
    title: shown.length === 0 ? `Look at the pods of ${namespace}` : `Restart ${count(shown.length, 'workload')} of ${namespace}`,
    component: 'members',
    kind: 'manifests',
    equivalent: shown
      .map(({ kind, metadata }) => `kubectl rollout restart ${kind.toLowerCase()}/${metadata.name} -n ${namespace}`)
      .join(' && '),
    preview: async (arrivals) => {
      const judgement = { step: key, fieldManager: restartManager, force: false, arrivals, expectedManagers: [], signal }
      const objects = await mapAtOnce(judgedAtOnce, shown, (object) => judgePatch(session, { object, patch: patchOf(object) }, judgement))
      return {
        hooks: [],
        objects,
        findings: [...refusedFindings(objects), ...(await budgetFindings(session, namespace, shown))],
        facts: [],
      }
    },
    run: async (context) => {
      const { workloads } = await look()
      for (const workload of workloads) {
        context.signal.throwIfAborted()
        const isGuarded = await waitForBudgets(session, workload, { context, timeoutMs })
        await restartWorkload(session, workload, patchOf(workload))
        context.log('info', `${nameOf(workload)} restarts`, { object: refOf(workload) })
        // Another workload may count on the same budget.
        if (isGuarded) await waitReady(session, [workload], { context, timeoutMs })
      }
      await waitReady(session, workloads, { context, timeoutMs })
      await waitAsWished(options, context)
    },
    inspect: async () => {
      const { applications, isAsWished } = await look()
      const pods = podsOf(applications)
      const open = pods.filter((pod) => !isAsWished(pod)).length
      const state = open === 0 ? (shown.length === 0 ? 'traceless' : 'done') : open === pods.length ? 'untouched' : 'partial'
      return { state, detail: `${pods.length - open} of ${count(pods.length, 'pod')} of ${namespace} are as wished` }
    },
  }
}

/** The patch of a restart; `marks` are labels and annotations that the new pods are to have, and null takes one away. */
export function restartPatch(marks: { labels?: object | undefined; annotations?: object | undefined } = {}): object {
  const { labels, annotations } = marks
  const restartedAt = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
  const metadata = { annotations: { ...annotations, ...restartedAt }, ...(labels ? { labels } : {}) }
  return { spec: { template: { metadata } } }
}

/** Sends such a patch. Throws KubeError. */
export async function restartWorkload(session: ClusterSession, workload: KubeObject, patch: object): Promise<void> {
  const resource = await session.resource(workload)
  if (resource === undefined) return
  const { namespace, name = '' } = workload.metadata
  await mergePatchObject(session.connection, { path: objectPath(resource, { namespace, name }), patch, fieldManager: restartManager })
}

function podsOf({ workloads }: NamespaceApplications): KubeObject[] {
  return workloads.flatMap((each) => each.pods)
}

async function waitAsWished({ namespace, look, texts, timeoutMs }: RollPodsOptions, context: StepContext): Promise<void> {
  const until = Math.min(context.deadline, Date.now() + timeoutMs)
  for (let told = ''; ; await sleep(pollMs, undefined, { signal: context.signal })) {
    const { applications, isAsWished } = await look()
    const pods = podsOf(applications)
    const open = pods.filter((pod) => !isAsWished(pod))
    const text = `${pods.length - open.length} of ${count(pods.length, 'pod')} of ${namespace} are ${texts.wished}`
    if (text !== told) context.log('info', text)
    told = text
    if (open.length === 0) {
      for (const { pod, why } of applications.loose.filter((each) => !isAsWished(each.pod)))
        context.log('warning', `${nameOf(pod)} was not restarted: it ${why}.`, { code: 'NOT_RESTARTED', object: refOf(pod) })
      return
    }
    if (Date.now() >= until) throw notReached(open, { namespace, missed: texts.missed })
  }
}

function notReached(pods: readonly KubeObject[], { namespace, missed }: { namespace: string; missed: string }): AdapterError {
  const names = pods.map(({ metadata }) => metadata.name ?? '')
  return new AdapterError('members-not-as-wished', `${count(pods.length, 'pod')} of ${namespace} did not get ${missed}.`, {
    cause: `Not as wished: ${someNames(names, 10)}.`,
    remedy: `Look at them (kubectl describe pod ${names[0]} -n ${namespace}) and at the injector's log, then retry the operation.`,
  })
}
