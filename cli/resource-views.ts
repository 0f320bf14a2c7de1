import type { Cluster } from '../contract/cluster.js'
import type { Installation } from '../contract/installation.js'
import type { KubeconfigContext } from '../contract/kubeconfig-context.js'
import type { Adapter, Mesh, MeshVersion } from '../contract/mesh.js'
import type { Operation } from '../contract/operation.js'
import type { Rollout } from '../contract/rollout.js'
import type { SandboxState } from '../contract/sandbox.js'
import type { ResourceView } from './print-resource.js'
import type { Tone } from './terminal.js'
import { ageOf } from './time-text.js'

// What is worth a column, per noun; data rather than code, so that two nouns look alike.

const tones: Record<string, Tone> = {
  live: 'good',
  serving: 'good',
  healthy: 'good',
  succeeded: 'good',
  stale: 'warn',
  degraded: 'warn',
  interrupted: 'warn',
  'waiting-for-approval': 'warn',
  blocked: 'bad',
  'stage-failed': 'bad',
  unauthorised: 'bad',
  unreachable: 'bad',
  crashed: 'bad',
  down: 'bad',
  failed: 'bad',
}

/** Green for well, yellow for look, red for act; undefined for what passes. */
export function toneOf(state: string): Tone | undefined {
  return tones[state]
}

/** Clusters, with why one cannot be reached at the end, where a line may run on. */
export const clusterView: ResourceView<Cluster> = {
  name: (cluster) => `cluster/${cluster.name}`,
  none: 'No clusters. Add one: meshwright cluster add <name> --context <context>, or --sandbox for a simulated one; meshwright cluster contexts lists what this machine knows.',
  columns: [
    { title: 'NAME', value: (cluster) => (cluster.simulated ? `${cluster.name} (simulated)` : cluster.name) },
    { title: 'STATE', value: (cluster) => cluster.state, tone: (cluster) => toneOf(cluster.state) },
    { title: 'KUBERNETES', value: (cluster) => cluster.kubernetesVersion },
    { title: 'SCOPE', value: (cluster) => (cluster.scope === 'cluster' ? 'cluster' : cluster.scope.join(',')) },
    { title: 'AGE', value: (cluster) => ageOf(cluster.createdAt) },
    { title: 'SERVER', value: (cluster) => cluster.server, wide: true },
    { title: 'SOURCE', value: (cluster) => cluster.context ?? cluster.source, wide: true },
    { title: 'ID', value: (cluster) => cluster.id, wide: true },
    { title: 'CAUSE', value: (cluster) => cluster.failure?.cause ?? cluster.failure?.title ?? '', tone: () => 'quiet' },
  ],
}

/** What stands in one simulated cluster. */
export function sandboxView({ name }: Cluster): ResourceView<SandboxState> {
  return {
    name: () => `cluster/${name}`,
    none: '',
    columns: [
      { title: 'NAME', value: () => `${name} (simulated)` },
      { title: 'SCENE', value: (state) => state.scene },
      { title: 'OBJECTS', value: (state) => state.objects },
      { title: 'RESOURCEVERSION', value: (state) => state.resourceVersion, wide: true },
    ],
  }
}

/** Contexts of a kubeconfig, with what keeps one from being used. */
export const contextView: ResourceView<KubeconfigContext> = {
  name: (context) => `context/${context.name}`,
  none: 'No contexts: no kubeconfig is found on the machine of the server.',
  columns: [
    { title: 'CURRENT', value: (context) => (context.current ? '*' : '') },
    { title: 'NAME', value: (context) => context.name },
    { title: 'SERVER', value: (context) => context.server },
    { title: 'CREDENTIAL', value: (context) => context.credential },
    { title: 'USABLE', value: (context) => (context.usable ? 'yes' : 'no'), tone: (context) => (context.usable ? 'good' : 'bad') },
    { title: 'ADDED', value: (context) => (context.clusterId ? 'yes' : 'no') },
    { title: 'FILE', value: (context) => context.file, wide: true },
    { title: 'PROBLEM', value: (context) => context.problem ?? '', tone: () => 'quiet' },
  ],
}

export const adapterView: ResourceView<Adapter> = {
  name: (adapter) => `adapter/${adapter.mesh}`,
  none: 'No adapters.',
  columns: [
    { title: 'MESH', value: (adapter) => adapter.mesh },
    { title: 'STATE', value: (adapter) => adapter.state, tone: (adapter) => toneOf(adapter.state) },
    { title: 'VERSION', value: (adapter) => adapter.version },
    { title: 'SINCE', value: (adapter) => ageOf(adapter.since) },
    { title: 'PID', value: (adapter) => adapter.pid, wide: true },
    { title: 'CAUSE', value: (adapter) => adapter.cause ?? '', tone: () => 'quiet' },
  ],
}

export const meshView: ResourceView<Mesh> = {
  name: (mesh) => `mesh/${mesh.mesh}`,
  none: 'No meshes: no adapter is there.',
  columns: [
    { title: 'MESH', value: (mesh) => mesh.mesh },
    { title: 'TITLE', value: (mesh) => mesh.title },
    { title: 'LIFECYCLE', value: (mesh) => (mesh.endedOn ? `${mesh.lifecycle} (${mesh.endedOn})` : mesh.lifecycle) },
    { title: 'ADAPTER', value: (mesh) => mesh.adapter.state, tone: (mesh) => toneOf(mesh.adapter.state) },
    { title: 'FEATURES', value: (mesh) => mesh.features.join(','), wide: true },
  ],
}

// The worst mark of a version gives the colour.
const markTones = [
  ['error', 'bad'],
  ['warning', 'warn'],
] as const

export const versionView: ResourceView<MeshVersion> = {
  name: (version) => version.version,
  none: 'No versions: this adapter installs nothing.',
  columns: [
    { title: 'VERSION', value: (version) => version.version },
    { title: 'CHANNEL', value: (version) => version.channel },
    { title: 'KUBERNETES', value: (version) => version.kubernetesRequired || '-' },
    { title: 'TESTED', value: (version) => version.kubernetesTested || '-' },
    { title: 'RELEASED', value: (version) => version.releasedOn || '-' },
    {
      title: 'END OF LIFE',
      value: (version) => version.endOfLifeOn,
      tone: (version) => (version.endOfLife ? 'bad' : undefined),
    },
    {
      title: 'MARKS',
      value: ({ marks }) => marks.map(({ title }) => title).join(', '),
      tone: ({ marks }) => markTones.find(([level]) => marks.some((mark) => mark.level === level))?.[1],
    },
    { title: 'COMPONENTS', value: (version) => version.components.map(({ component }) => component).join(','), wide: true },
  ],
}

/** Installations, with how much of the data plane has a proxy. */
export const installationView: ResourceView<Installation> = {
  name: (installation) => `installation/${installation.id}`,
  none: 'No mesh is installed on the clusters that are connected.',
  columns: [
    { title: 'MESH', value: ({ mesh, simulated }) => (simulated ? `${mesh} (simulated)` : mesh) },
    { title: 'VERSION', value: (installation) => installation.version },
    { title: 'NAMESPACE', value: (installation) => installation.namespace || '-' },
    { title: 'REVISION', value: (installation) => installation.revision || '-' },
    { title: 'HEALTH', value: (installation) => installation.health, tone: (installation) => toneOf(installation.health) },
    { title: 'INSTALLER', value: (installation) => installation.installer },
    {
      title: 'INJECTED PODS',
      value: ({ dataPlane, definitions }) => (definitions ? '(not a mesh)' : `${dataPlane.injected} of ${dataPlane.pods}`),
    },
    { title: 'CONFIDENCE', value: (installation) => installation.confidence, wide: true },
    { title: 'VERSION FROM', value: (installation) => installation.versionSource || '-', wide: true },
    { title: 'ID', value: (installation) => installation.id, wide: true },
  ],
}

/** Operations: `STEPS` counts those that succeeded. */
export const operationView: ResourceView<Operation> = {
  name: (operation) => `operation/${operation.id}`,
  none: 'No operations yet.',
  columns: [
    { title: 'ID', value: (operation) => operation.id },
    { title: 'ACTION', value: ({ request }) => `${request.action} ${request.mesh}${request.version ? ` ${request.version}` : ''}` },
    {
      title: 'STATE',
      value: ({ state, simulated }) => (simulated ? `${state} (simulated)` : state),
      tone: (operation) => toneOf(operation.state),
    },
    { title: 'STEPS', value: ({ steps }) => `${steps.filter(({ state }) => state === 'succeeded').length}/${steps.length}` },
    { title: 'AGE', value: (operation) => ageOf(operation.createdAt) },
    { title: 'CLUSTER ID', value: ({ request }) => request.cluster, wide: true },
    { title: 'PLAN', value: (operation) => operation.plan, wide: true },
    { title: 'ROLLOUT', value: (operation) => operation.parent, wide: true },
  ],
}

/** Rollouts: `STAGE` is the present one of all. The state stands last, where a line may run on. */
export const rolloutView: ResourceView<Rollout> = {
  name: (rollout) => `rollout/${rollout.id}`,
  none: 'No rollouts yet. Begin one: meshwright rollout start istio --version <version>.',
  columns: [
    { title: 'ID', value: (rollout) => rollout.id },
    { title: 'TO', value: ({ mesh, version }) => `${mesh} ${version}` },
    { title: 'STAGE', value: ({ stage, stages }) => `${stage + 1}/${stages.length}` },
    { title: 'AGE', value: (rollout) => ageOf(rollout.createdAt) },
    { title: 'REVISIONS', value: ({ revision, newRevision }) => `${revision} to ${newRevision}`, wide: true },
    { title: 'TAG', value: ({ tag }) => tag, wide: true },
    {
      title: 'STATE',
      value: ({ state, simulated }) => (simulated ? `${state} (simulated)` : state),
      tone: (rollout) => toneOf(rollout.state),
    },
  ],
}
