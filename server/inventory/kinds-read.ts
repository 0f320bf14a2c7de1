import type { Cluster } from '../../contract/cluster.js'
import type { KubeConnection } from '../../kube/connection.js'
import {
  type DefinitionProjection,
  type NamespaceProjection,
  type PodProjection,
  projectDefinition,
  projectNamespace,
  projectPod,
  projectWorkload,
  type WorkloadProjection,
} from '../kubernetes/projections.js'
import { type Reflector, type ReflectorState, startReflector } from '../kubernetes/reflector.js'

const pods = { apiVersion: 'v1', plural: 'pods', namespaced: true }
const namespaces = { apiVersion: 'v1', plural: 'namespaces', namespaced: false }
const workloads = {
  Deployment: { apiVersion: 'apps/v1', plural: 'deployments', namespaced: true },
  DaemonSet: { apiVersion: 'apps/v1', plural: 'daemonsets', namespaced: true },
  StatefulSet: { apiVersion: 'apps/v1', plural: 'statefulsets', namespaced: true },
}

const definitions = { apiVersion: 'apiextensions.k8s.io/v1', plural: 'customresourcedefinitions', namespaced: false }

/** One kind as it is read, in all the places of a scope. */
export interface KindReader<Projection> {
  kind: string
  /** What goes when it may not be read. */
  disables: string
  snapshot(): Projection[]
  states(): ReflectorState[]
}

/** The kinds that are read of every cluster. */
export interface KindReaders {
  namespaces: KindReader<NamespaceProjection>
  pods: KindReader<PodProjection>
  deployments: KindReader<WorkloadProjection>
  daemonSets: KindReader<WorkloadProjection>
  statefulSets: KindReader<WorkloadProjection>
  definitions: KindReader<DefinitionProjection>
}

/** `onChange` and `onState` are called often; who listens waits for a pause. */
export interface ReadOptions {
  connection: KubeConnection
  scope: Cluster['scope']
  onChange: () => void
  onState: () => void
  signal: AbortSignal
}

/** Starts one reflector for each kind and place; all end with the signal. */
export function readKinds({ scope, ...options }: ReadOptions): KindReaders {
  const common = { ...options, onChange: () => options.onChange(), onState: () => options.onState() }
  const places = scope === 'cluster' ? [undefined] : scope
  const ofPods = places.map((namespace) => startReflector({ ...common, namespace, resource: pods, project: projectPod }))
  const ofWorkloads = (kind: keyof typeof workloads) =>
    places.map((namespace) => startReflector({ ...common, namespace, resource: workloads[kind], project: projectWorkload(kind) }))
  // A credential for some namespaces may mostly not list them; the scope itself says which there are.
  const ofNamespaces = scope === 'cluster' ? [startReflector({ ...common, resource: namespaces, project: projectNamespace })] : []
  const ofDefinitions =
    scope === 'cluster' ? [startReflector({ ...common, resource: definitions, metadataOnly: true, project: projectDefinition })] : []
  const named = scope === 'cluster' ? [] : scope.map((name) => ({ name, labels: {}, annotations: {}, phase: '' }))
  return {
    namespaces: reader({ kind: 'Namespace', disables: 'the injection matrix', reflectors: ofNamespaces, named }),
    pods: reader({ kind: 'Pod', disables: 'control-plane pods, health and the data plane', reflectors: ofPods }),
    deployments: reader({ kind: 'Deployment', disables: 'who installed a mesh', reflectors: ofWorkloads('Deployment') }),
    daemonSets: reader({ kind: 'DaemonSet', disables: 'node components of a mesh', reflectors: ofWorkloads('DaemonSet') }),
    statefulSets: reader({ kind: 'StatefulSet', disables: 'servers of a mesh that keep state', reflectors: ofWorkloads('StatefulSet') }),
    definitions: reader({ kind: 'CustomResourceDefinition', disables: 'the Gateway API and its version', reflectors: ofDefinitions }),
  }
}

interface ReaderOptions<Projection> {
  kind: string
  disables: string
  reflectors: Reflector<Projection>[]
  /** Known without being read. */
  named?: Projection[]
}

function reader<Projection>({ kind, disables, reflectors, named = [] }: ReaderOptions<Projection>): KindReader<Projection> {
  return {
    kind,
    disables,
    snapshot: () => [...named, ...reflectors.flatMap((reflector) => reflector.snapshot())],
    states: () => reflectors.map((reflector) => reflector.state()),
  }
}
