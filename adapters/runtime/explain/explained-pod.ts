import type { KubeObject } from '../../../kube/kube-object.js'
import { type LabelSelector, matchesLabels } from '../../../kube/label-selector.js'
import { AdapterError } from '../adapter-error.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { templateOf } from '../membership-pods.js'
import { controllerOf, isOver } from '../pod-belonging.js'
import { capturedBy, type DecidingMark, decidingMark } from '../read-marks.js'
import { whenForbidden } from '../when-forbidden.js'
import { nextPod } from './next-pod.js'

/** What is to be explained: a pod by its name, or a workload as `Deployment/web`. */
export interface ExplainTarget {
  namespace: string
  pod: string
  workload: string
}

/** A pod with everything that decides about it. */
export interface ExplainedPod {
  namespace: KubeObject
  /** The one that runs; undefined for a workload without pods. */
  pod: KubeObject | undefined
  /** What makes it; undefined for a pod that nothing makes, or whose maker cannot be read. */
  workload: KubeObject | undefined
  /** What a restart would send to the API server. */
  next: KubeObject
  /** Own marks, which beat those of the namespace. */
  own: DecidingMark | undefined
  /** What the namespace says. */
  ofNamespace: DecidingMark | undefined
}

const workloadKinds: Readonly<Record<string, string>> = {
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
  Job: 'batch/v1',
}

/** Reads what decides. Throws `not-found` for what is not there, `invalid-parameters` for a kind that makes no pods. */
export async function readExplainedPod(session: ClusterSession, catalog: Catalog, target: ExplainTarget): Promise<ExplainedPod> {
  const namespace = await session.get({ apiVersion: 'v1', kind: 'Namespace', name: target.namespace })
  if (namespace === undefined) throw absent(`namespace ${target.namespace}`)
  const { pod, workload } = target.pod === '' ? await fromWorkload(session, catalog, target) : await fromPod(session, target)
  const next = nextPod({ pod, workload }, target.namespace)
  const marks = workload ? templateOf(workload) : next.metadata
  const own = decidingMark(catalog, 'pod', marks)
  return { namespace, pod, workload, next, own, ofNamespace: decidingMark(catalog, 'namespace', namespace.metadata) }
}

/** What applies to the pod: its own mark before that of its namespace. */
export function askOf({ own, ofNamespace }: ExplainedPod): DecidingMark | undefined {
  return own ?? ofNamespace
}

type Found = Pick<ExplainedPod, 'pod' | 'workload'>

async function fromPod(session: ClusterSession, { namespace, pod: name }: ExplainTarget): Promise<Found> {
  const pod = await session.get({ apiVersion: 'v1', kind: 'Pod', namespace, name })
  if (pod === undefined) throw absent(`pod ${namespace}/${name}`)
  return { pod, workload: await makerOf(session, pod) }
}

/** The workload at the top: of a Deployment's ReplicaSet, the Deployment. What has no template makes pods in a way of its own. */
async function makerOf(session: ClusterSession, object: KubeObject): Promise<KubeObject | undefined> {
  const owner = controllerOf(object)
  if (owner === undefined) return undefined
  const { apiVersion, kind, name } = owner
  const maker = await whenForbidden(session.get({ apiVersion, kind, namespace: object.metadata.namespace, name }), undefined)
  if (maker === undefined) return undefined
  const above = await makerOf(session, maker)
  const { template } = (maker.spec ?? {}) as { template?: object }
  return above ?? (template === undefined ? undefined : maker)
}

/** A workload and one of its pods: one that is not what is asked, when there is one. */
async function fromWorkload(session: ClusterSession, catalog: Catalog, { namespace, workload: text }: ExplainTarget): Promise<Found> {
  const [kind = '', name = ''] = text.split('/')
  const apiVersion = workloadKinds[kind]
  if (apiVersion === undefined) {
    throw new AdapterError('invalid-parameters', `${kind || 'Nothing'} is no kind of workload that can be explained.`, {
      remedy: `Name a pod, or one of: ${Object.keys(workloadKinds).join(', ')}.`,
    })
  }
  const workload = await session.get({ apiVersion, kind, namespace, name })
  if (workload === undefined) throw absent(`${kind} ${namespace}/${name}`)
  const { selector } = (workload.spec ?? {}) as { selector?: LabelSelector }
  const pods = await session.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace })
  const own = pods.filter((pod) => selector !== undefined && !isOver(pod) && matchesLabels(selector, pod.metadata.labels ?? {}))
  const isWanted = decidingMark(catalog, 'pod', templateOf(workload))?.answer !== 'out'
  return { workload, pod: own.find((pod) => (capturedBy(catalog, pod) !== undefined) !== isWanted) ?? own[0] }
}

function absent(what: string): AdapterError {
  return new AdapterError('not-found', `There is no ${what}.`, { remedy: 'Look at its name; pods are named anew with each restart.' })
}
