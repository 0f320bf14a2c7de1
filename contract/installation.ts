import { z } from 'zod'
import { DnsLabel, Id, MeshId, Timestamp } from './primitives.js'

/** Who put an installation there. `platform`: the cloud that runs the cluster. `kubectl`: manifests without a release. */
export const Installer = z.enum([
  'meshwright',
  'helm',
  'istioctl',
  'linkerd-cli',
  'kubectl',
  'operator',
  'platform',
  'argocd',
  'flux',
  'unknown',
])
export type Installer = z.infer<typeof Installer>

/** What can be wanted of an installation that somebody made. `install`: another one beside it. `definitions`: of what has no pods. */
export const Handling = z.enum(['install', 'upgrade', 'uninstall', 'membership', 'canary', 'rescue', 'adopt', 'definitions', 'export'])
export type Handling = z.infer<typeof Handling>

/** `adopt`: after it was adopted. `export`: as a file for the tool that looks after it. `refuse`: with that tool only. */
export const HandlingVerdict = z.enum(['act', 'adopt', 'export', 'refuse'])
export type HandlingVerdict = z.infer<typeof HandlingVerdict>

/** What becomes of one wish; unless it is `act`, why, and where it is done instead. */
export const HandlingAnswer = z
  .strictObject({
    handling: Handling,
    verdict: HandlingVerdict,
    reason: z.exactOptional(z.string()),
    /** `HelmRelease flux-system/istio`, or a command. */
    where: z.exactOptional(z.string()),
  })
  .meta({ id: 'HandlingAnswer' })
export type HandlingAnswer = z.infer<typeof HandlingAnswer>

/** One control-plane pod, as a dashboard row. */
export const ControlPlanePod = z
  .strictObject({
    pod: z.string(),
    namespace: z.string(),
    component: z.string(),
    role: z.string(),
    version: z.string(),
    versionSource: z.string(),
    revision: z.exactOptional(z.string()),
    ready: z.boolean(),
    readyContainers: z.int(),
    containers: z.int(),
    phase: z.string(),
    reason: z.exactOptional(z.string()),
    restarts: z.int(),
    node: z.exactOptional(z.string()),
    startedAt: z.exactOptional(Timestamp),
  })
  .meta({ id: 'ControlPlanePod' })

export type ControlPlanePod = z.infer<typeof ControlPlanePod>

/** One definition of what consists of definitions alone. */
export const InstalledDefinition = z
  .strictObject({ name: z.string(), version: z.string(), channel: z.exactOptional(z.string()), owner: z.string() })
  .meta({ id: 'InstalledDefinition' })

export type InstalledDefinition = z.infer<typeof InstalledDefinition>

/** A mesh in a cluster, with namespace and revision. */
export const Installation = z
  .strictObject({
    id: z.string(),
    cluster: Id,
    /** Found in a simulated cluster: it says nothing about the mesh. */
    simulated: z.boolean(),
    mesh: MeshId,
    namespace: z.string(),
    revision: z.string(),
    /** `unknown` when nothing tells; several, while the control plane is changed. */
    version: z.string(),
    /** Where the version was read; of an image without a tag, its digest. */
    versionSource: z.string(),
    /** How sure it is that this is the mesh, in this version. */
    confidence: z.enum(['high', 'medium', 'low']),
    /** What all of this was told by, as sentences. */
    evidence: z.array(z.string()),
    installer: Installer,
    managed: z.boolean(),
    unmanagedReason: z.exactOptional(z.string()),
    /** Of everything that can be wanted of it, what is done and what is refused. */
    can: z.array(HandlingAnswer),
    health: z.enum(['healthy', 'degraded', 'down', 'unknown']),
    healthReason: z.exactOptional(z.string()),
    components: z.array(ControlPlanePod),
    /** Only of what is no mesh and has no pods: the Gateway API. Its namespace is empty. */
    definitions: z.exactOptional(z.array(InstalledDefinition)),
    dataPlane: z.strictObject({ pods: z.int(), injected: z.int(), byVersion: z.record(z.string(), z.int()) }),
    observedAt: Timestamp,
  })
  .meta({ id: 'Installation' })

export type Installation = z.infer<typeof Installation>

/** Per namespace and mesh: what it asks for, what its pods are, how many need a restart. */
export const NamespaceMembership = z
  .strictObject({
    cluster: Id,
    namespace: DnsLabel,
    mesh: MeshId,
    desired: z.enum(['in', 'out', 'unset']),
    mark: z.exactOptional(z.string()),
    total: z.int(),
    injected: z.int(),
    needsRestart: z.int(),
    /** Other meshes that it asks for, too: two injectors in one namespace get into each other's way. */
    conflicts: z.array(MeshId),
  })
  .meta({ id: 'NamespaceMembership' })

export type NamespaceMembership = z.infer<typeof NamespaceMembership>

/** A pod of an application, as one mesh sees it: what applies to it, its own mark before that of its namespace, and what it is. */
export const PodMembership = z
  .strictObject({
    cluster: Id,
    namespace: DnsLabel,
    pod: z.string(),
    mesh: MeshId,
    desired: z.enum(['in', 'out', 'unset']),
    mark: z.exactOptional(z.string()),
    injected: z.boolean(),
    needsRestart: z.boolean(),
  })
  .meta({ id: 'PodMembership' })

export type PodMembership = z.infer<typeof PodMembership>
