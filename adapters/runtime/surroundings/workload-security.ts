import { z } from 'zod'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { groupBy } from '../group-by.js'
import { nameOf, refOf } from '../manifests.js'
import { errorFinding } from '../plan-findings.js'
import { whenForbidden } from '../when-forbidden.js'
import { securityLevel } from './pod-security.js'

const Profile = z.looseObject({ type: z.string() }).nullish()
const Security = z
  .looseObject({
    privileged: z.boolean().nullish(),
    capabilities: z.looseObject({ add: z.array(z.string()).nullish() }).nullish(),
    seLinuxOptions: z.looseObject({ type: z.string().nullish(), user: z.string().nullish(), role: z.string().nullish() }).nullish(),
    seccompProfile: Profile,
    appArmorProfile: Profile,
  })
  .nullish()
const Container = z.looseObject({
  name: z.string(),
  ports: z.array(z.looseObject({ hostPort: z.number().nullish() })).nullish(),
  securityContext: Security,
})
const PodSpec = z.looseObject({
  hostNetwork: z.boolean().nullish(),
  hostPID: z.boolean().nullish(),
  hostIPC: z.boolean().nullish(),
  securityContext: Security,
  volumes: z.array(z.looseObject({ name: z.string(), hostPath: z.unknown().optional() })).nullish(),
  containers: z.array(Container).nullish(),
  initContainers: z.array(Container).nullish(),
})
const Workload = z.looseObject({ spec: z.looseObject({ template: z.looseObject({ spec: PodSpec }) }) })

/**
 * Workloads whose pods the pod security of their namespace refuses. The API server takes the workload itself and refuses each
 * of its pods, so that no dry run shows it. Namespaces that enforce `restricted` refuse more than is looked at here.
 */
export async function checkWorkloadSecurity(session: ClusterSession, objects: readonly KubeObject[]): Promise<Finding[]> {
  const asking = objects.flatMap((object) => {
    const workload = Workload.safeParse(object)
    const breaks = workload.success ? baselineBreaks(workload.data.spec.template.spec) : []
    return breaks.length > 0 ? [{ object, breaks }] : []
  })
  const groups = [...groupBy(asking, ({ object }) => object.metadata.namespace ?? '')]
  const found = await Promise.all(
    groups.map(async ([name, group]) => {
      const namespace = await whenForbidden(session.get({ apiVersion: 'v1', kind: 'Namespace', name }), undefined)
      const level = namespace ? securityLevel(namespace) : 'privileged'
      return level === 'privileged' ? [] : group.map((each) => refusedPods(each, { name, level }))
    }),
  )
  return found.flat()
}

function refusedPods(
  { object, breaks }: { object: KubeObject; breaks: string[] },
  { name, level }: { name: string; level: string },
): Finding {
  return errorFinding({
    code: 'workload-security',
    message: `Namespace ${name} refuses the pods of ${nameOf(object)}: its pod security is ${level}.`,
    cause: `They ask for ${breaks.join(', ')}, which pod-security.kubernetes.io/enforce=${level} does not allow.`,
    remedy: `Let the namespace enforce privileged (kubectl label namespace ${name} pod-security.kubernetes.io/enforce=privileged --overwrite), or put this component into another namespace that does.`,
    object: refOf(object),
  })
}

// kubernetes.io/docs/concepts/security/pod-security-standards, baseline.
const allowedCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(' '),
)
const allowedSelinux = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']

/** What the level `baseline` does not allow a pod, in words. */
export function baselineBreaks(spec: unknown): string[] {
  const pod = PodSpec.parse(spec)
  const paths = (pod.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined && hostPath !== null).map(({ name }) => name)
  const hosts = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((key) => pod[key])
  return [
    ...hosts,
    ...(paths.length > 0 ? [`hostPath volumes (${paths.join(', ')})`] : []),
    ...securityBreaks('the pod', pod.securityContext),
    ...[...(pod.initContainers ?? []), ...(pod.containers ?? [])].flatMap(({ name, ports, securityContext }) => [
      ...((ports ?? []).some(({ hostPort }) => hostPort) ? [`a host port for ${name}`] : []),
      ...securityBreaks(name, securityContext),
    ]),
  ]
}

function securityBreaks(whose: string, security: z.infer<typeof Security>): string[] {
  const { privileged, capabilities, seLinuxOptions, seccompProfile, appArmorProfile } = security ?? {}
  const added = (capabilities?.add ?? []).filter((name) => !allowedCapabilities.has(name))
  const { type, user, role } = seLinuxOptions ?? {}
  const leavesSelinux = !allowedSelinux.includes(type ?? '') || user || role
  return [
    ...(privileged ? [`privileged for ${whose}`] : []),
    ...(added.length > 0 ? [`the capabilities ${added.join(', ')} for ${whose}`] : []),
    ...(leavesSelinux ? [`SELinux options for ${whose}`] : []),
    ...(seccompProfile?.type === 'Unconfined' ? [`no seccomp for ${whose}`] : []),
    ...(appArmorProfile?.type === 'Unconfined' ? [`no AppArmor for ${whose}`] : []),
  ]
}
