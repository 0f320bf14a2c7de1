import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from '../catalog.js'
import type { ClusterSession } from '../cluster-session.js'
import { type ComponentInstance, deepMerge } from '../components.js'
import { infoFinding, warningFinding } from '../plan-findings.js'
import { holds, leavesOf } from '../values-at-paths.js'
import { whenForbidden } from '../when-forbidden.js'
import { bringsNodeAgent } from './brings-node-agent.js'

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

/** Platforms that are known, in this order: k3d is k3s in containers. */
export const platformMarks: readonly PlatformMark[] = [
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
  const found = platformMarks.find((mark) => nodes.some((node) => bears(node, mark)))
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
  catalog: Pick<Catalog, 'platforms'>,
  platform: Platform | undefined,
  instances: readonly ComponentInstance[],
): { instances: ComponentInstance[]; findings: Finding[] } {
  const placed = instances.map((instance) => {
    const own = settingsFor(catalog, platform, instance)
    return { ...instance, values: [...own.map(({ values }) => values), instance.values].reduce(deepMerge, {}) }
  })
  return {
    instances: placed,
    findings: needsOf(catalog, platform, placed).flatMap(({ setting: { values, byHand, why }, needing }) => {
      const title = platform?.title ?? ''
      // A value of the user's stays above ours, and then nothing is set.
      const set = hasValues(values) ? needing.filter((each) => holds(each.values, values)).map(({ name }) => name) : []
      const message = `This cluster is of ${title}: ${valueTexts(values).join(', ')} is set for ${set.join(', ')}.`
      const remedy = 'Nothing; your own values stay above it.'
      return [
        ...(set.length > 0 ? [infoFinding({ code: 'platform-setting', message, cause: why, remedy })] : []),
        ...(byHand !== '' ? [byHandFinding({ title, byHand, why, needing })] : []),
      ]
    }),
  }
}

/** What releases that are there lack on their platform. An upgrade sets nothing that its user did not ask for. */
export async function checkPlatform(
  session: ClusterSession,
  catalog: Pick<Catalog, 'platforms'>,
  instances: readonly ComponentInstance[],
): Promise<Finding[]> {
  return catalog.platforms.length === 0 ? [] : missingSettings(catalog, await findPlatform(session), instances)
}

/** One warning for each setting that no value stands in for; a value of the user's own counts. */
export function missingSettings(
  catalog: Pick<Catalog, 'platforms'>,
  platform: Platform | undefined,
  instances: readonly ComponentInstance[],
): Finding[] {
  return needsOf(catalog, platform, instances).flatMap(({ setting: { values, why }, needing }) => {
    const lacking = needing.filter((each) => lacks(each.values, values)).map(({ name }) => name)
    if (lacking.length === 0) return []
    return warningFinding({
      code: 'platform-setting-missing',
      message: `This cluster is of ${platform?.title}, and ${lacking.join(', ')} has no ${valueTexts(values).join(', ')}.`,
      cause: why,
      remedy: 'Give it these values with the upgrade, or your own in their place.',
    })
  })
}

type Setting = Catalog['platforms'][number]

function settingsFor({ platforms }: Pick<Catalog, 'platforms'>, platform: Platform | undefined, instance: ComponentInstance): Setting[] {
  return platforms.filter(
    (each) =>
      each.platform === platform?.name &&
      each.components.includes(instance.component.component) &&
      (!each.withNodeAgent || bringsNodeAgent(instance)),
  )
}

function needsOf(catalog: Pick<Catalog, 'platforms'>, platform: Platform | undefined, instances: readonly ComponentInstance[]) {
  return catalog.platforms.flatMap((setting) => {
    const needing = instances.filter((instance) => settingsFor(catalog, platform, instance).includes(setting))
    return needing.length > 0 ? [{ setting, needing }] : []
  })
}

function byHandFinding({
  title,
  byHand,
  why,
  needing,
}: {
  title: string
  byHand: string
  why: string
  needing: ComponentInstance[]
}): Finding {
  const message = `This cluster is of ${title}, where something of ${needing.map(({ name }) => name).join(', ')} is set by hand.`
  return warningFinding({ code: 'platform-by-hand', message, cause: why, remedy: byHand })
}

function hasValues(values: Setting['values']): boolean {
  return Object.keys(values).length > 0
}

/** Whether a value of these is missing altogether; another one in its place is somebody's will. */
function lacks(values: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return values === undefined
  const fields = new Map(Object.entries(values ?? {}))
  return Object.entries(wanted).some(([key, value]) => lacks(fields.get(key), value))
}

function valueTexts(values: Setting['values']): string[] {
  return leavesOf(values).map(({ path, value }) => `${path}=${JSON.stringify(value).replaceAll('"', '')}`)
}
