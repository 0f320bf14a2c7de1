import { z } from 'zod'
import { DnsLabel, Failure, Id, Timestamp } from './primitives.js'
import { SceneName } from './sandbox.js'

/** Whole cluster, or the namespaces that the credential may use. */
export const ClusterScope = z.union([z.literal('cluster'), z.array(DnsLabel).min(1).max(100)])

export const ClusterName = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[^\p{Cc}]+$/u, 'must not hold control characters')

const connectable = { name: ClusterName, scope: z.exactOptional(ClusterScope) }

/** A kubeconfig with inline data only, a context of this machine's own kubeconfig, or a simulated cluster that the server runs itself. */
export const NewCluster = z
  .union([
    z.strictObject({ ...connectable, kubeconfig: z.string().min(1), context: z.exactOptional(z.string().max(300)) }),
    z.strictObject({ ...connectable, contextRef: z.string().min(1).max(300) }),
    // The object first: of two faulty shapes the first is told, and it names the scenes.
    z.strictObject({ ...connectable, sandbox: z.union([z.strictObject({ scene: SceneName }), z.literal(true)]) }),
  ])
  .meta({ id: 'NewCluster' })

export type NewCluster = z.infer<typeof NewCluster>

export const ClusterPatch = z
  .strictObject({ name: z.exactOptional(ClusterName), scope: z.exactOptional(ClusterScope) })
  .meta({ id: 'ClusterPatch' })

export const ClusterState = z.enum(['connecting', 'live', 'stale', 'unauthorised', 'unreachable'])
export type ClusterState = z.infer<typeof ClusterState>

/** Whether the server may list one kind there; `forbidden` is a normal state that disables what is named. */
export const KindState = z
  .strictObject({
    kind: z.string(),
    state: z.enum(['listing', 'live', 'stale', 'forbidden', 'absent']),
    since: Timestamp,
    objects: z.int(),
    disables: z.exactOptional(z.string()),
    cause: z.exactOptional(z.string()),
  })
  .meta({ id: 'KindState' })

export const Cluster = z
  .strictObject({
    id: Id,
    name: z.string(),
    server: z.string(),
    source: z.enum(['upload', 'context', 'sandbox']),
    context: z.exactOptional(z.string()),
    scope: ClusterScope,
    simulated: z.boolean(),
    state: ClusterState,
    since: Timestamp,
    failure: z.exactOptional(Failure),
    kubernetesVersion: z.exactOptional(z.string()),
    kinds: z.array(KindState),
    createdAt: Timestamp,
    updatedAt: Timestamp,
  })
  .meta({ id: 'Cluster' })

export type Cluster = z.infer<typeof Cluster>

/** Whether the server runs the cluster itself: nothing in it is a measurement of a mesh. */
export function isSimulated({ source }: Pick<Cluster, 'source'>): boolean {
  return source === 'sandbox'
}

/** One of reach, auth, permissions, version; each with cause and next step when it is not ok. */
export const ClusterCheck = z
  .strictObject({
    check: z.enum(['reach', 'auth', 'permissions', 'version']),
    result: z.enum(['ok', 'warning', 'failed', 'skipped']),
    message: z.string(),
    cause: z.exactOptional(z.string()),
    remedy: z.exactOptional(z.string()),
    durationMs: z.number(),
  })
  .meta({ id: 'ClusterCheck' })

export const ClusterCheckReport = z
  .strictObject({ cluster: Id, ok: z.boolean(), checks: z.array(ClusterCheck), checkedAt: Timestamp })
  .meta({ id: 'ClusterCheckReport' })

export type ClusterCheck = z.infer<typeof ClusterCheck>
export type ClusterCheckReport = z.infer<typeof ClusterCheckReport>
