import { setTimeout as sleep } from 'node:timers/promises'
import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { AdapterError } from './adapter-error.js'
import type { Catalog } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { judgedAtOnce, judgePatch } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import { markChange } from './membership-marks.js'
import { type Expectation, isAsWished, type NamespaceApplications, needsNewPod, readApplications, templateOf } from './membership-pods.js'
import type { Scene, Step, StepContext } from './mesh-adapter.js'
import { waitReady } from './wait-ready.js'

/** What the pods of one namespace are to become, and how long that may take. */
export interface RollNamespaceOptions {
  catalog: Catalog
  namespace: string
  expected: Expectation
  /** As it was when the plan was made: what it shows. The step itself looks anew. */
  applications: NamespaceApplications
  timeoutMs: number
}

const fieldManager = 'meshwright-restart'
const pollMs = 1_000

/**
 * Makes the pods of a namespace what its marks ask for: restarts the workloads that have a pod which is not, as `kubectl
 * rollout restart` does and as gently as their own rollout settings say, waits, and then looks at every pod. It fails with
 * the names of those that are still not as wished.
 */
export function rollNamespaceStep({ session, signal }: Scene, options: RollNamespaceOptions): Step {
  const { catalog, namespace, expected, applications, timeoutMs } = options
  const key = `roll-${namespace}`
  const shown = toRoll(catalog, applications, expected)
  return {
    key,
    title: shown.length === 0 ? `Look at the pods of ${namespace}` : `Restart ${count(shown.length, 'workload')} of ${namespace}`,
    component: 'members',
    kind: 'manifests',
    equivalent: shown
      .map(({ kind, metadata }) => `kubectl rollout restart ${kind.toLowerCase()}/${metadata.name} -n ${namespace}`)
      .join(' && '),
    preview: async (arrivals) => {
      const judgement = { step: key, fieldManager, force: false, arrivals, expectedManagers: [], signal }
      const objects = await mapAtOnce(judgedAtOnce, shown, (object) =>
        judgePatch(session, { object, patch: restartPatch(catalog, object, expected) }, judgement),
      )
      return { hooks: [], objects, findings: [], facts: [] }
    },
    run: async (context) => {
      const workloads = toRoll(catalog, await readApplications(session, catalog, namespace), expected)
      for (const workload of workloads) {
        context.signal.throwIfAborted()
        await restart(session, workload, restartPatch(catalog, workload, expected))
        context.log('info', `${nameOf(workload)} restarts`, { object: refOf(workload) })
      }
      await waitReady(session, workloads, { context, timeoutMs })
      await waitAsWished(session, options, context)
    },
    inspect: async () => {
      const { workloads } = await readApplications(session, catalog, namespace)
      const pods = workloads.flatMap((each) => each.pods)
      const open = pods.filter((pod) => !isAsWished(catalog, pod, expected)).length
      const state = open === 0 ? (shown.length === 0 ? 'traceless' : 'done') : open === pods.length ? 'untouched' : 'partial'
      return { state, detail: `${pods.length - open} of ${count(pods.length, 'pod')} of ${namespace} are as wished` }
    },
  }
}

/** The workloads that have to bring new pods: one of theirs is not as wished, or their own template asks for something else. */
export function toRoll(catalog: Catalog, { workloads }: NamespaceApplications, expected: Expectation): KubeObject[] {
  return workloads
    .filter(
      ({ workload, pods }) =>
        pods.some((pod) => needsNewPod(catalog, pod, expected)) ||
        markChange(catalog, { scope: 'pod', metadata: templateOf(workload) }, expected.wish) !== undefined,
    )
    .map(({ workload }) => workload)
}

/** `1 pod`, `2 pods`. */
export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

// Where a mesh marks pods, the mark stands in the workload's template and comes and goes with the same restart.
function restartPatch(catalog: Catalog, workload: KubeObject, { wish }: Expectation): object {
  const { labels, annotations } = markChange(catalog, { scope: 'pod', metadata: templateOf(workload) }, wish) ?? {}
  const restartedAt = { 'kubectl.kubernetes.io/restartedAt': new Date().toISOString() }
  const metadata = { annotations: { ...annotations, ...restartedAt }, ...(labels ? { labels } : {}) }
  return { spec: { template: { metadata } } }
}

async function restart(session: ClusterSession, workload: KubeObject, patch: object): Promise<void> {
  const resource = await session.resource(workload)
  if (resource === undefined) return
  const { namespace, name = '' } = workload.metadata
  await mergePatchObject(session.connection, { path: objectPath(resource, { namespace, name }), patch, fieldManager })
}

async function waitAsWished(session: ClusterSession, options: RollNamespaceOptions, context: StepContext): Promise<void> {
  const { catalog, namespace, expected, timeoutMs } = options
  const until = Math.min(context.deadline, Date.now() + timeoutMs)
  const is = expected.wish.to === 'join' ? 'in the mesh' : 'out of the mesh'
  for (let told = ''; ; await sleep(pollMs, undefined, { signal: context.signal })) {
    const { workloads, loose } = await readApplications(session, catalog, namespace)
    const pods = workloads.flatMap((each) => each.pods)
    const open = pods.filter((pod) => !isAsWished(catalog, pod, expected))
    const text = `${pods.length - open.length} of ${count(pods.length, 'pod')} of ${namespace} are ${is}, as wished`
    if (text !== told) context.log('info', text)
    told = text
    if (open.length === 0) {
      for (const { pod, why } of loose.filter((each) => !isAsWished(catalog, each.pod, expected)))
        context.log('warning', `${nameOf(pod)} was not restarted: it ${why}.`, { code: 'NOT_RESTARTED', object: refOf(pod) })
      return
    }
    if (Date.now() >= until) throw notReached(open, { catalog, namespace, is })
  }
}

const named = 10

function notReached(
  pods: readonly KubeObject[],
  { catalog, namespace, is }: { catalog: Catalog; namespace: string; is: string },
): AdapterError {
  const listed = pods.slice(0, named).map(({ metadata }) => metadata.name)
  const more = pods.length > named ? ` and ${pods.length - named} more` : ''
  return new AdapterError('members-not-as-wished', `${count(pods.length, 'pod')} of ${namespace} did not get ${is} (${catalog.title}).`, {
    cause: `Not as wished: ${listed.join(', ')}${more}.`,
    remedy: `Look at them (kubectl describe pod ${listed[0]} -n ${namespace}) and at the injector's log, then retry the operation.`,
  })
}
