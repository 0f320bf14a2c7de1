import type { ControlPlanePod, Installation } from '../../contract/installation.js'
import { type FoundInstaller, readInstaller } from '../../installers/find-installer.js'
import { answerAll, answerHandling } from '../../installers/installer-table.js'
import type { VersionRewrite } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { PodProjection, WorkloadProjection } from '../kubernetes/projections.js'
import type { ClusterProjections, MeshDescription } from './cluster-projections.js'
import { detectDefinitions } from './detect-definitions.js'
import { findParts, isControlPlane, type Part } from './find-parts.js'
import { sidecarVersion } from './injection-marks.js'
import { judgeHealth } from './judge-health.js'
import { componentOf, type FoundVersion, findVersion } from './match-discovery.js'
import { findMembers, type Member } from './namespace-membership.js'
import { weighEvidence } from './weigh-evidence.js'

/** What detection needs beside the picture of the cluster. */
export interface DetectionInput {
  descriptions: MeshDescription[]
  /** Epoch ms of the projections. */
  observedAt: number
  simulated: boolean
  /** Whether an operation of ours made it: helm's marks alone do not tell us from a person with helm. */
  isOurs: (of: Pick<Installation, 'cluster' | 'mesh' | 'namespace' | 'revision'>) => boolean
}

/**
 * Installations of the known meshes in one cluster, from the adapters' rules and from projections alone. One installation
 * for each (mesh, namespace, revision) of control-plane parts; gateways and node components join the one they belong to.
 */
export function detectInstallations(projections: ClusterProjections, input: DetectionInput): Installation[] {
  return input.descriptions.flatMap((description) => {
    // Set-up Jobs are of the mesh, and no part of how it is: they end.
    const parts = findParts(description, projections).filter(({ pod }) => pod?.owner?.kind !== 'Job')
    const groups = [...groupParts(parts).values()]
    const ofDefinitions = detectDefinitions(projections, description, input)
    const members = groups.length === 0 ? [] : findMembers(description, projections)
    const ofPods = groups.map((group) => toInstallation(group, { description, projections, input, members, isOnly: groups.length === 1 }))
    return [...ofPods, ...ofDefinitions]
  })
}

interface Group {
  namespace: string
  revision: string
  parts: Part[]
}

function groupParts(parts: Part[]): Map<string, Group> {
  const groups = new Map<string, Group>()
  const put = (key: string, group: () => Group, part: Part) => {
    const known = groups.get(key) ?? group()
    known.parts.push(part)
    groups.set(key, known)
  }
  for (const part of parts.filter(isControlPlane)) {
    const revision = part.revision || 'default'
    put(`${part.namespace} ${revision}`, () => ({ namespace: part.namespace, revision, parts: [] }), part)
  }
  const planes = [...groups.entries()]
  for (const part of parts.filter((one) => !isControlPlane(one))) {
    const home = homeOf(part, planes)
    const revision = part.revision || 'default'
    put(home ?? `${part.namespace} ${revision}`, () => ({ namespace: part.namespace, revision, parts: [] }), part)
  }
  return groups
}

/** The control plane that a gateway or node component belongs to: by its revision, else the default one, of its namespace first; else the only one. */
function homeOf(part: Part, planes: [string, Group][]): string | undefined {
  const [only, ...others] = planes
  const fits = part.revision === '' ? unrevised(part, planes) : planes.filter(([, { revision }]) => revision === part.revision)
  return (fits[0] ?? (others.length === 0 ? only : undefined))?.[0]
}

function unrevised(part: Part, planes: [string, Group][]): [string, Group][] {
  const isNear = ([, { namespace }]: [string, Group]) => namespace === part.namespace
  const isDefault = ([, { revision }]: [string, Group]) => revision === 'default'
  const near = planes.filter(isNear)
  const defaults = planes.filter(isDefault)
  return [...near.filter(isDefault), ...near, ...(defaults.length === 1 ? defaults : [])]
}

interface Context {
  description: MeshDescription
  projections: ClusterProjections
  input: DetectionInput
  members: Member[]
  /** The only installation of its mesh: then every member is one of its. */
  isOnly: boolean
}

function toInstallation(group: Group, context: Context): Installation {
  const { description, projections, input } = context
  const { namespace, revision, parts } = group
  const { cluster } = projections
  const rewrites = description.info.versionRewrites
  const pods = parts.flatMap((part) => (part.pod ? [toComponent(part.pod, part, rewrites)] : []))
  const components = pods.sort((a, b) => compare(a.namespace, b.namespace) || compare(a.pod, b.pod))
  const workloads = parts.flatMap(({ workload, rule }) => (workload ? [{ workload, role: rule.role }] : []))
  const key = { cluster, mesh: description.mesh, namespace, revision }
  const found = installerOf(workloads, input.isOurs(key))
  const { reason } = answerHandling(found, 'upgrade')
  const version = versionOf(parts, rewrites)
  return {
    id: [cluster, description.mesh, namespace, revision].join('.'),
    simulated: input.simulated,
    ...key,
    ...version,
    installer: found.installer,
    managed: reason === undefined,
    ...(reason === undefined ? {} : { unmanagedReason: reason }),
    can: answerAll(found),
    ...weighEvidence(parts, { version, found }),
    ...judgeHealth({ components, workloads, podsKnown: projections.podsKnown }),
    components,
    dataPlane: dataPlaneOf(group, context),
    observedAt: new Date(input.observedAt).toISOString(),
  }
}

function toComponent(pod: PodProjection, { rule, revision }: Part, rewrites: VersionRewrite[]): ControlPlanePod {
  const containers = pod.containers.filter(({ init, restartPolicyAlways }) => !init || restartPolicyAlways)
  return {
    pod: pod.name,
    namespace: pod.namespace,
    component: componentOf(rule, pod),
    role: rule.role,
    ...findVersion(rule, pod, rewrites),
    ...(revision ? { revision } : {}),
    ready: pod.ready && !pod.deleting,
    readyContainers: containers.filter(({ ready }) => ready).length,
    containers: containers.length,
    phase: pod.phase,
    ...(pod.reason ? { reason: pod.reason } : {}),
    restarts: pod.restarts,
    ...(pod.node ? { node: pod.node } : {}),
    ...(pod.startedAt ? { startedAt: new Date(pod.startedAt).toISOString() } : {}),
  }
}

function installerOf(workloads: { workload: WorkloadProjection; role: string }[], isOurs: boolean): FoundInstaller {
  const plane = workloads.find(({ role }) => role === 'control-plane') ?? workloads[0]
  const found = readInstaller(plane?.workload ?? {})
  return found.installer === 'helm' && isOurs ? { ...found, installer: 'meshwright', mark: `A record of ours, and ${found.mark},` } : found
}

/** The control plane's version, of its pods before its workloads; of several (during an upgrade) all, in the order they are listed. */
function versionOf(parts: Part[], rewrites: VersionRewrite[]): FoundVersion {
  const choices = [parts.filter(tellsVersion).filter(isControlPlane), parts.filter(isControlPlane), parts]
  const telling = choices.find(({ length }) => length > 0) ?? []
  const running = telling.filter(({ pod }) => pod !== undefined)
  const found = (running.length > 0 ? running : telling.slice(0, 1)).map(({ rule, candidate }) => findVersion(rule, candidate, rewrites))
  const list = (texts: string[]) => [...new Set(texts)].join(', ')
  return { version: list(found.map(({ version }) => version)), versionSource: list(found.map(({ versionSource }) => versionSource)) }
}

function tellsVersion({ rule }: Part): boolean {
  return !rule.ownVersion
}

function dataPlaneOf(group: Group, { description, members, isOnly }: Context): Installation['dataPlane'] {
  const mine = members.filter(({ pod, asks, injected }) => {
    const belongs = isOnly || revisionOf(pod, group) === group.revision
    return belongs && (injected || asks.desired === 'in')
  })
  const injected = mine.filter((member) => member.injected)
  const byVersion: Record<string, number> = {}
  for (const { pod } of injected) {
    const version = sidecarVersion(description.info, pod)
    byVersion[version] = (byVersion[version] ?? 0) + 1
  }
  return { pods: mine.length, injected: injected.length, byVersion }
}

/** The injector annotates the pod with its revision, under the key that the control plane carries as a label; a pod's own label may be a tag. */
function revisionOf(pod: PodProjection, { parts }: Group): string {
  const key = parts.map(({ rule }) => rule.revisionLabel).find((label) => label !== '')
  return (key === undefined ? undefined : (pod.annotations[key] ?? pod.labels[key])) ?? 'default'
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
