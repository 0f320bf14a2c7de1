import type { KubeMetadata } from '../../kube/kube-object.js'

/** What we keep of a Pod: the fields that we show and that discovery rules look at. */
export interface PodProjection {
  uid: string
  namespace: string
  name: string
  labels: Record<string, string>
  annotations: Record<string, string>
  containers: ContainerProjection[]
  phase: string
  /** Why it is as it is, when it is not well: CrashLoopBackOff, Unschedulable, Evicted, …; else empty. */
  reason: string
  ready: boolean
  deleting: boolean
  restarts: number
  node: string
  startedAt: string
  owner: { kind: string; name: string } | undefined
}

interface ContainerProjection {
  name: string
  image: string
  init: boolean
  /** A native sidecar: an init container that keeps running. */
  restartPolicyAlways: boolean
  ready: boolean
}

export interface NamespaceProjection {
  name: string
  labels: Record<string, string>
  annotations: Record<string, string>
  phase: string
}

/** What the metadata of a CustomResourceDefinition tells: short annotations only, for some tools keep whole objects in them. */
export interface DefinitionProjection {
  /** `httproutes.gateway.networking.k8s.io` */
  name: string
  labels: Record<string, string>
  annotations: Record<string, string>
  /** Field managers, those of its status left out. */
  managers: string[]
}

/** A Deployment, DaemonSet or StatefulSet. */
export interface WorkloadProjection {
  kind: string
  uid: string
  namespace: string
  name: string
  labels: Record<string, string>
  /** Those that tell who installed it, and those of meshes. */
  annotations: Record<string, string>
  /** Field managers, those of its status left out. */
  managers: string[]
  ownerReferences: { kind: string; name: string }[]
  templateLabels: Record<string, string>
  templateAnnotations: Record<string, string>
  /** Of the template, init containers first. */
  containers: { name: string; image: string }[]
  replicas: number
  ready: number
  updated: number
}

// Domains whose annotations rules look at. Others may hold whole objects, secrets included, and are dropped.
const meshDomains = [
  'istio.io',
  'kuma.io',
  'linkerd.io',
  'consul.hashicorp.com',
  'openservicemesh.io',
  'traefik.io',
  'nsm.io',
  'networkservicemesh.io',
  'appmesh.k8s.aws',
  'meshwright.io',
]
const installerDomains = ['meta.helm.sh', 'argocd.argoproj.io', 'kustomize.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io']

export function projectPod(pod: PodObject): PodProjection {
  const { metadata = {}, spec = {}, status = {} } = pod
  const statuses = new Map([...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])].map((one) => [one.name, one]))
  const toContainer = (init: boolean) => (container: ContainerSpec) => ({
    name: container.name,
    image: container.image ?? '',
    init,
    restartPolicyAlways: container.restartPolicy === 'Always',
    ready: statuses.get(container.name)?.ready === true,
  })
  const owner = metadata.ownerReferences?.find((reference) => reference.controller) ?? metadata.ownerReferences?.[0]
  return {
    uid: metadata.uid ?? '',
    namespace: metadata.namespace ?? '',
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    annotations: keepAnnotations(metadata, meshDomains),
    containers: [...(spec.initContainers ?? []).map(toContainer(true)), ...(spec.containers ?? []).map(toContainer(false))],
    phase: status.phase ?? 'Unknown',
    reason: reasonOf(pod, [...statuses.values()]),
    ready: status.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') ?? false,
    deleting: metadata.deletionTimestamp !== undefined,
    restarts: [...statuses.values()].reduce((sum, { restartCount = 0 }) => sum + restartCount, 0),
    node: spec.nodeName ?? '',
    startedAt: status.startTime ?? '',
    owner: owner && { kind: owner.kind, name: owner.name },
  }
}

export function projectNamespace({ metadata = {}, status }: NamespaceObject): NamespaceProjection {
  return {
    name: metadata.name ?? '',
    labels: metadata.labels ?? {},
    annotations: keepAnnotations(metadata, meshDomains),
    phase: status?.phase ?? '',
  }
}

const longestAnnotation = 200

export function projectDefinition({ metadata = {} }: { metadata?: KubeMetadata }): DefinitionProjection {
  const { name = '', labels = {}, annotations = {} } = metadata
  const short = Object.entries(annotations).filter(([, value]) => value.length <= longestAnnotation)
  return { name, labels, annotations: Object.fromEntries(short), managers: managersOf(metadata) }
}

function managersOf({ managedFields = [] }: KubeMetadata): string[] {
  const managers = managedFields.filter(({ subresource }) => !subresource).flatMap(({ manager }) => manager ?? [])
  return [...new Set(managers)]
}

/** `kind` is given because items of a list do not carry it. */
export function projectWorkload(kind: 'Deployment' | 'DaemonSet' | 'StatefulSet') {
  return ({ metadata = {}, spec = {}, status = {} }: WorkloadObject): WorkloadProjection => {
    const template = spec.template?.metadata ?? {}
    const { initContainers = [], containers = [] } = spec.template?.spec ?? {}
    return {
      kind,
      uid: metadata.uid ?? '',
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      labels: metadata.labels ?? {},
      annotations: keepAnnotations(metadata, [...installerDomains, ...meshDomains]),
      managers: managersOf(metadata),
      ownerReferences: (metadata.ownerReferences ?? []).map((owner) => ({ kind: owner.kind, name: owner.name })),
      templateLabels: template.labels ?? {},
      templateAnnotations: keepAnnotations(template, meshDomains),
      containers: [...initContainers, ...containers].map(({ name, image = '' }) => ({ name, image })),
      // A DaemonSet has no replicas of its own: its nodes decide.
      replicas: status.desiredNumberScheduled ?? spec.replicas ?? 0,
      ready: status.numberReady ?? status.readyReplicas ?? 0,
      updated: status.updatedNumberScheduled ?? status.updatedReplicas ?? 0,
    }
  }
}

/** `sidecar.istio.io/inject` belongs to the domain `istio.io`. */
function keepAnnotations({ annotations = {} }: KubeMetadata, domains: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).filter(([key]) => {
      const prefix = key.slice(0, Math.max(0, key.indexOf('/')))
      return domains.some((domain) => prefix === domain || prefix.endsWith(`.${domain}`))
    }),
  )
}

// The order in which a person would look: being deleted, a container that waits or died, not scheduled, the pod's own word.
function reasonOf({ metadata, status = {} }: PodObject, statuses: ContainerStatus[]): string {
  if (metadata?.deletionTimestamp) return 'Terminating'
  const waiting = statuses.map(({ state }) => state?.waiting?.reason).find((reason) => reason && !startingReasons.has(reason))
  if (waiting) return waiting
  const died =
    status.phase === 'Failed' || status.phase === 'Running'
      ? statuses.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)
      : undefined
  if (died?.state?.terminated?.reason) return died.state.terminated.reason
  const unscheduled = status.conditions?.find(({ type, status: value }) => type === 'PodScheduled' && value === 'False')
  return unscheduled?.reason ?? status.reason ?? ''
}

const startingReasons: ReadonlySet<string> = new Set(['ContainerCreating', 'PodInitializing'])

interface PodObject {
  metadata?: KubeMetadata
  spec?: { nodeName?: string; containers?: ContainerSpec[]; initContainers?: ContainerSpec[] }
  status?: {
    phase?: string
    reason?: string
    startTime?: string
    conditions?: { type: string; status: string; reason?: string }[]
    containerStatuses?: ContainerStatus[]
    initContainerStatuses?: ContainerStatus[]
  }
}

interface ContainerSpec {
  name: string
  image?: string
  restartPolicy?: string
}

interface ContainerStatus {
  name: string
  ready?: boolean
  restartCount?: number
  state?: { waiting?: { reason?: string }; terminated?: { reason?: string; exitCode?: number } }
}

interface NamespaceObject {
  metadata?: KubeMetadata
  status?: { phase?: string }
}

interface WorkloadObject {
  metadata?: KubeMetadata
  spec?: {
    replicas?: number
    template?: { metadata?: KubeMetadata; spec?: Pick<NonNullable<PodObject['spec']>, 'containers' | 'initContainers'> }
  }
  status?: {
    readyReplicas?: number
    updatedReplicas?: number
    desiredNumberScheduled?: number
    numberReady?: number
    updatedNumberScheduled?: number
  }
}
