import type { KubeConnection } from './connection.js'
import { kubeRequest } from './kube-client.js'

/** One kind as one API version serves it. `apiVersion` is what stands in an object: `apps/v1`, or `v1` for the core group. */
export interface KubeResource {
  group: string
  version: string
  apiVersion: string
  kind: string
  plural: string
  namespaced: boolean
  verbs: string[]
  subresources: string[]
  /** False for the older versions of a group that serves several. */
  preferred: boolean
}

/** A group version that could not be read: an aggregated API whose backend is away, mostly. */
export interface UnavailableApi {
  apiVersion: string
  reason: string
}

const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

/** All resources that the cluster serves, sub-resources folded into their parent. Groups that cannot be read are left out. */
export async function discoverResources(connection: KubeConnection, signal?: AbortSignal): Promise<KubeResource[]> {
  return (await discoverApi(connection, signal)).resources
}

/** As discoverResources, with the groups that could not be read: one broken aggregated API never hides the others. */
export async function discoverApi(
  connection: KubeConnection,
  signal?: AbortSignal,
): Promise<{ resources: KubeResource[]; unavailable: UnavailableApi[] }> {
  const ask = (path: string) => kubeRequest<Discovery>(connection, { path, accept: aggregated, signal })
  const parts = await Promise.all((await Promise.all([ask('/api'), ask('/apis')])).map((answer) => readRoot(connection, answer, signal)))
  return { resources: parts.flatMap((part) => part.resources), unavailable: parts.flatMap((part) => part.unavailable) }
}

interface Discovery {
  kind?: string
  /** APIGroupDiscoveryList, since Kubernetes 1.26. */
  items?: { metadata?: { name?: string }; versions?: DiscoveredVersion[] }[]
  /** APIVersions, the older form of /api. */
  versions?: string[]
  /** APIGroupList, the older form of /apis. */
  groups?: { name: string; versions: { version: string }[]; preferredVersion?: { version: string } }[]
}

interface DiscoveredVersion {
  version: string
  freshness?: string
  resources?: {
    resource: string
    responseKind?: { kind?: string }
    scope: string
    verbs: string[]
    subresources?: { subresource: string }[]
  }[]
}

interface Found {
  resources: KubeResource[]
  unavailable: UnavailableApi[]
}

async function readRoot(connection: KubeConnection, answer: Discovery, signal: AbortSignal | undefined): Promise<Found> {
  if (answer.kind === 'APIGroupDiscoveryList') return readAggregated(answer)
  const groups = answer.groups ?? [{ name: '', versions: (answer.versions ?? []).map((version) => ({ version })) }]
  const versions = groups.flatMap((group) =>
    group.versions.map(({ version }, index) => ({
      group: group.name,
      version,
      preferred: group.preferredVersion ? group.preferredVersion.version === version : index === 0,
    })),
  )
  const parts = await Promise.all(versions.map((version) => readVersion(connection, version, signal)))
  return { resources: parts.flatMap((part) => part.resources), unavailable: parts.flatMap((part) => part.unavailable) }
}

function readAggregated(answer: Discovery): Found {
  const found: Found = { resources: [], unavailable: [] }
  for (const item of answer.items ?? []) {
    const group = item.metadata?.name ?? ''
    for (const [index, version] of (item.versions ?? []).entries()) {
      const apiVersion = apiVersionOf(group, version.version)
      if (version.freshness === 'Stale')
        found.unavailable.push({ apiVersion, reason: 'the API behind this group did not answer the API server' })
      for (const resource of version.resources ?? []) {
        // A resource without a kind exists only as the parent of sub-resources.
        if (!resource.responseKind?.kind) continue
        found.resources.push({
          group,
          version: version.version,
          apiVersion,
          kind: resource.responseKind.kind,
          plural: resource.resource,
          namespaced: resource.scope === 'Namespaced',
          verbs: resource.verbs,
          subresources: (resource.subresources ?? []).map((sub) => sub.subresource),
          preferred: index === 0,
        })
      }
    }
  }
  return found
}

interface ResourceList {
  resources?: { name: string; kind: string; namespaced: boolean; verbs: string[] }[]
}

async function readVersion(
  connection: KubeConnection,
  { group, version, preferred }: { group: string; version: string; preferred: boolean },
  signal: AbortSignal | undefined,
): Promise<Found> {
  const apiVersion = apiVersionOf(group, version)
  const path = group ? `/apis/${group}/${version}` : `/api/${version}`
  const answer = await kubeRequest<ResourceList>(connection, { path, signal }).catch((error: unknown) => String(error))
  if (typeof answer === 'string') return { resources: [], unavailable: [{ apiVersion, reason: answer }] }
  const all = answer.resources ?? []
  const resources = all
    .filter(({ name }) => !name.includes('/'))
    .map(({ name, kind, namespaced, verbs }) => {
      const subresources = all.filter((sub) => sub.name.startsWith(`${name}/`)).map((sub) => sub.name.slice(name.length + 1))
      return { group, version, apiVersion, kind, plural: name, namespaced, verbs, subresources, preferred }
    })
  return { resources, unavailable: [] }
}

function apiVersionOf(group: string, version: string): string {
  return group ? `${group}/${version}` : version
}
