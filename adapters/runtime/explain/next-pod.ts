import type { KubeMetadata, KubeObject } from '../../../kube/kube-object.js'
import { templateOf } from '../membership-pods.js'
import { tracesIn } from './injected-traces.js'

/** A container as far as it matters here. */
export interface Container {
  name: string
  image?: string
  volumeMounts?: { name: string }[]
}

/** A pod's spec as far as it matters here; the rest travels along. */
export interface PodSpec {
  containers?: Container[]
  initContainers?: Container[]
  volumes?: { name: string }[]
  hostNetwork?: boolean
  automountServiceAccountToken?: boolean
  [field: string]: unknown
}

/** The pod that a restart would make, as it is sent to the API server: what its workload's template says, or the pod itself without what others wrote into it. */
export function nextPod(
  { pod, workload }: { pod: KubeObject | undefined; workload: KubeObject | undefined },
  namespace: string,
): KubeObject {
  const own = workload ? fromTemplate(workload) : pod ? withoutGenerated(pod) : { metadata: {}, spec: {} }
  const base = (workload ?? pod)?.metadata.name ?? 'pod'
  return { apiVersion: 'v1', kind: 'Pod', metadata: { ...own.metadata, namespace, generateName: `${base.slice(0, 50)}-` }, spec: own.spec }
}

/** The spec of a pod. */
export function specOf(pod: KubeObject): PodSpec {
  return (pod.spec ?? {}) as PodSpec
}

/** Containers of both kinds. */
export function containersOf(pod: KubeObject): Container[] {
  const { containers = [], initContainers = [] } = specOf(pod)
  return [...initContainers, ...containers]
}

interface Parts {
  metadata: Pick<KubeMetadata, 'labels' | 'annotations'>
  spec: PodSpec
}

function fromTemplate(workload: KubeObject): Parts {
  const { labels = {}, annotations = {} } = templateOf(workload)
  const { template } = (workload.spec ?? {}) as { template?: { spec?: PodSpec } }
  return { metadata: { labels, annotations }, spec: template?.spec ?? {} }
}

// What the scheduler and admission write; a pod that says it of itself is refused or goes elsewhere.
const written = ['nodeName', 'priority', 'preemptionPolicy', 'ephemeralContainers']

// The token that the API server mounts into each pod, under a name of its own for each.
const tokenVolume = /^kube-api-access-[a-z0-9]{5}$/

function withoutGenerated(pod: KubeObject): Parts {
  const traces = tracesIn(pod)
  const isInjected = ({ name }: Container) => traces.some(({ containers }) => containers.test(name))
  const spec = Object.fromEntries(Object.entries(specOf(pod)).filter(([field]) => !written.includes(field))) as PodSpec
  const gone = containersOf(pod).filter(isInjected)
  const mountedBy = (containers: Container[]) =>
    new Set(containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)))
  const kept = mountedBy(containersOf(pod).filter((each) => !isInjected(each)))
  const lost = mountedBy(gone)
  const own = (containers: Container[] = []) =>
    containers
      .filter((each) => !isInjected(each))
      .map(({ volumeMounts = [], ...each }) => ({ ...each, volumeMounts: volumeMounts.filter(({ name }) => !tokenVolume.test(name)) }))
  const volumes = (spec.volumes ?? []).filter(({ name }) => !tokenVolume.test(name) && (kept.has(name) || !lost.has(name)))
  const marks = traces.flatMap((trace) => trace.marks)
  return {
    metadata: { labels: without(pod.metadata.labels, marks), annotations: without(pod.metadata.annotations, marks) },
    spec: { ...spec, containers: own(spec.containers), initContainers: own(spec.initContainers), volumes },
  }
}

function without(texts: Record<string, string> = {}, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).filter(([key]) => !keys.includes(key)))
}
