import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { type ComponentInstance, deepMerge } from '../components.js'
import { infoFinding } from '../plan-findings.js'
import { whenForbidden } from '../when-forbidden.js'

/** Who made a cluster what it is, as far as a mesh must know it. */
export interface Platform {
  name: string
  title: string
}

interface PlatformMark extends Platform {
  /** In kubelet's version: `v1.30.5+k3s1`, `v1.30.5-gke.1014001`. */
  kubelet?: RegExp
  /** Label of a node. */
  label?: string
  /** Scheme of a node's provider id, and the beginning of its name. */
  node?: RegExp
}

// In this order: k3d is k3s in containers.
const marks: readonly PlatformMark[] = [
  { name: 'openshift', title: 'OpenShift', label: 'node.openshift.io/os_id' },
  { name: 'gke', title: 'GKE', kubelet: /-gke\./ },
  { name: 'eks', title: 'EKS', kubelet: /-eks-/ },
  { name: 'aks', title: 'AKS', label: 'kubernetes.azure.com/cluster' },
  { name: 'k3d', title: 'k3d', kubelet: /\+k3s/, node: /^k3d-/ },
  { name: 'k3s', title: 'k3s', kubelet: /\+k3s/ },
  { name: 'rke2', title: 'RKE2', kubelet: /\+rke2/ },
  { name: 'microk8s', title: 'MicroK8s', label: 'microk8s.io/cluster' },
  { name: 'minikube', title: 'minikube', label: 'minikube.k8s.io/name' },
]

/** The platform by what its nodes say of themselves; undefined for plain Kubernetes, and without the right to list nodes. */
export async function findPlatform(session: ClusterSession): Promise<Platform | undefined> {
  return platformOf(await whenForbidden(session.list({ apiVersion: 'v1', kind: 'Node' }), []))
}

/** The platform of these nodes. */
export function platformOf(nodes: readonly KubeObject[]): Platform | undefined {
  const found = marks.find((mark) => nodes.some((node) => bears(node, mark)))
  return found && { name: found.name, title: found.title }
}

function bears({ metadata, status }: KubeObject, { kubelet, label, node }: PlatformMark): boolean {
  const { nodeInfo } = (status ?? {}) as { nodeInfo?: { kubeletVersion?: string } }
  return (
    (kubelet === undefined || kubelet.test(nodeInfo?.kubeletVersion ?? '')) &&
    (label === undefined || metadata.labels?.[label] !== undefined) &&
    (node === undefined || node.test(metadata.name ?? ''))
  )
}

/** Releases with the settings that the platform needs under the user's values, and a finding for each that says why. */
export function withPlatform(
  { platforms }: Pick<Catalog, 'platforms'>,
  platform: Platform | undefined,
  instances: readonly ComponentInstance[],
): { instances: ComponentInstance[]; findings: Finding[] } {
  const settings = platforms.filter((each) => each.platform === platform?.name)
  const placed = instances.map((instance) => {
    const own = settings.filter(({ components }) => components.includes(instance.component.component))
    return { ...instance, values: [...own.map(({ values }) => values), instance.values].reduce(deepMerge, {}) }
  })
  return {
    instances: placed,
    findings: settings.flatMap(({ components, values, why }) => {
      // A value of the user's stays above ours, and then nothing is set.
      const set = placed
        .filter((each) => components.includes(each.component.component) && holds(each.values, values))
        .map(({ name }) => name)
      if (set.length === 0) return []
      const message = `This cluster is of ${platform?.title}: ${valueTexts(values).join(', ')} is set for ${set.join(', ')}.`
      return infoFinding({ code: 'platform-setting', message, cause: why, remedy: 'Nothing; your own values stay above it.' })
    }),
  }
}

function holds(values: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return values === wanted
  const fields = new Map(Object.entries(values ?? {}))
  return Object.entries(wanted).every(([key, value]) => holds(fields.get(key), value))
}

function valueTexts(values: Readonly<Record<string, unknown>>, prefix = ''): string[] {
  return Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? valueTexts(value as Record<string, unknown>, `${prefix}${key}.`)
      : [`${prefix}${key}=${JSON.stringify(value).replaceAll('"', '')}`],
  )
}
