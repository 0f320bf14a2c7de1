import { z } from 'zod'
import { Handling } from './installation.js'
import { MeshId, Timestamp } from './primitives.js'

export const AdapterState = z.enum(['idle', 'starting', 'serving', 'crashed', 'unreachable'])
export type AdapterState = z.infer<typeof AdapterState>

/** One adapter process of ours and how it is. `idle` means: starts when it is needed. */
export const Adapter = z
  .strictObject({
    mesh: MeshId,
    title: z.string(),
    state: AdapterState,
    since: Timestamp,
    version: z.string(),
    cause: z.exactOptional(z.string()),
    remedy: z.exactOptional(z.string()),
    pid: z.exactOptional(z.int()),
    incarnation: z.exactOptional(z.string()),
  })
  .meta({ id: 'Adapter' })

export type Adapter = z.infer<typeof Adapter>

export const Lifecycle = z.enum(['active', 'maintenance', 'archived', 'ended', 'not-a-mesh'])

export const Mesh = z
  .strictObject({
    mesh: MeshId,
    title: z.string(),
    lifecycle: Lifecycle,
    endedOn: z.exactOptional(z.string()),
    features: z.array(z.string()),
    adapter: Adapter,
  })
  .meta({ id: 'Mesh' })

export type Mesh = z.infer<typeof Mesh>

/** What somebody should know of a version before choosing it. `title` is for a badge, `text` says why. */
export const VersionMark = z
  .strictObject({
    code: z.enum([
      'newest-patch',
      'newer-patch',
      'end-of-life',
      'end-of-life-not-known',
      'refused-on-this-kubernetes',
      'not-tested-on-this-kubernetes',
      'kubernetes-tests-not-stated',
      'installed',
      'upgrade-possible',
      'upgrade-not-possible',
      'older-than-installed',
      'not-in-catalogue',
    ]),
    level: z.enum(['good', 'info', 'warning', 'error']),
    title: z.string(),
    text: z.string(),
  })
  .meta({ id: 'VersionMark' })

export type VersionMark = z.infer<typeof VersionMark>

export const MeshVersion = z
  .strictObject({
    version: z.string(),
    channel: z.string(),
    components: z.array(
      z.strictObject({
        component: z.string(),
        chart: z.string(),
        version: z.string(),
        digest: z.exactOptional(z.string()),
        optional: z.boolean(),
        repeatable: z.boolean(),
        defaultNamespace: z.string(),
        defaultRelease: z.string(),
      }),
    ),
    kubernetesRequired: z.string(),
    kubernetesTested: z.string(),
    releasedOn: z.string(),
    endOfLifeOn: z.exactOptional(z.string()),
    endOfLife: z.boolean(),
    newestPatch: z.boolean(),
    upgradeFrom: z.exactOptional(z.string()),
    /** semver range of Gateway API bundles that it works with. */
    gatewayApi: z.exactOptional(z.string()),
    /** What matters most comes first; those about a cluster only when one was named. */
    marks: z.array(VersionMark),
  })
  .meta({ id: 'MeshVersion' })

export type MeshVersion = z.infer<typeof MeshVersion>

export const MeshAction = z
  .strictObject({
    action: z.string(),
    title: z.string(),
    category: z.string(),
    parametersSchema: z.record(z.string(), z.json()),
    scope: z.enum(['cluster', 'namespace', 'workload']),
    destructive: z.boolean(),
    requires: z.array(z.string()),
    actsOnInstallers: z.array(z.string()),
    /** Which of an installation's `can` speaks of it; missing where it does not matter who installed something. */
    handling: z.exactOptional(Handling),
  })
  .meta({ id: 'MeshAction' })

export type MeshAction = z.infer<typeof MeshAction>
