import { z } from 'zod'
import { Finding } from './finding.js'
import { DnsLabel, DnsName, Id, MeshId } from './primitives.js'

/** A workload that makes pods, as `Deployment/web`. */
export const WorkloadName = z
  .string()
  .max(300)
  .regex(
    /^(Deployment|StatefulSet|DaemonSet|ReplicaSet|Job)\/[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/,
    'must be a kind and a name such as Deployment/web; kinds are Deployment, StatefulSet, DaemonSet, ReplicaSet and Job',
  )

/** What is to be explained: a pod, or the workload that makes it. Without a mesh, each one that has to do with it is asked. */
export const ExplainQuery = z
  .strictObject({
    cluster: Id,
    namespace: DnsLabel,
    pod: z.exactOptional(DnsName),
    workload: z.exactOptional(WorkloadName),
    mesh: z.exactOptional(MeshId),
  })
  .refine(({ pod, workload }) => (pod === undefined) !== (workload === undefined), 'name a pod or a workload, one of the two')

/** Why a pod is, or is not, in one mesh. */
export const Explanation = z
  .strictObject({
    cluster: Id,
    mesh: MeshId,
    namespace: DnsLabel,
    /** The pod that was looked at; absent for a workload that has none. */
    pod: z.exactOptional(z.string()),
    /** What makes it, as `Deployment/web`; absent for a pod that stands alone. */
    workload: z.exactOptional(z.string()),
    /** `after-restart`: it is not, and a new one would be; `refused`: it is not, and a new one would be refused. */
    verdict: z.enum(['in-mesh', 'not-in-mesh', 'after-restart', 'refused']),
    /** The verdict as a sentence. */
    summary: z.string(),
    /** In the order in which Kubernetes decides. */
    reasons: z.array(Finding),
    simulated: z.boolean(),
  })
  .meta({ id: 'Explanation' })

export type Explanation = z.infer<typeof Explanation>
