import type { JsonMap } from './json.js'
import type { ResourceCatalog } from './resource-catalog.js'
import type { ResourceType } from './resource-types.js'

/** Reviews are made, never stored: kinds with the one verb create. */
const reviews = [
  ['authorization.k8s.io', 'SelfSubjectAccessReview'],
  ['authorization.k8s.io', 'SelfSubjectRulesReview'],
  ['authentication.k8s.io', 'SelfSubjectReview'],
] as const

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']

export const gitVersion = 'v1.36.3+simulated'

/** Answers about the API itself; undefined when the path is none of them. */
export function answerDiscovery(catalog: ResourceCatalog, path: string, aggregated: boolean): JsonMap | undefined {
  if (path === '/version')
    return { major: '1', minor: '36', gitVersion, platform: 'simulated/simulated', goVersion: 'none', compiler: 'none' }
  if (path === '/openapi/v2')
    return { swagger: '2.0', info: { title: 'Meshwright sandbox', version: gitVersion }, paths: {}, definitions: {} }
  if (path === '/openapi/v3') return { paths: {} }
  if (path === '/api') return aggregated ? groupList(groupsOf(catalog).filter(({ group }) => group === '')) : coreVersions
  if (path === '/apis') {
    const groups = groupsOf(catalog).filter(({ group }) => group !== '')
    return aggregated ? groupList(groups) : { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(describeGroup) }
  }
  const [, group, version] = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(path) ?? []
  if (version !== undefined) return resourceList(catalog, group ?? '', version)
  const [, named] = /^\/apis\/([^/]+)$/.exec(path) ?? []
  const found = named === undefined ? undefined : groupsOf(catalog).find((one) => one.group === named)
  return found && { kind: 'APIGroup', apiVersion: 'v1', ...describeGroup(found) }
}

interface Served {
  type: ResourceType
  verbs: string[]
}

interface Group {
  group: string
  versions: { version: string; resources: Served[] }[]
}

const coreVersions: JsonMap = { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] }

function groupsOf(catalog: ResourceCatalog): Group[] {
  const served: Served[] = [...catalog.all().map((type) => ({ type, verbs })), ...reviews.map(reviewType)]
  const groups = new Map<string, Map<string, Served[]>>()
  for (const one of served) {
    const versions = groups.get(one.type.group) ?? new Map<string, Served[]>()
    groups.set(one.type.group, versions)
    versions.set(one.type.version, [...(versions.get(one.type.version) ?? []), one])
  }
  return [...groups].map(([group, versions]) => ({
    group,
    versions: [...versions].map(([version, resources]) => ({ version, resources })),
  }))
}

function reviewType([group, kind]: (typeof reviews)[number]): Served {
  const plural = `${kind.toLowerCase()}s`
  const type: ResourceType = {
    ...{ group, version: 'v1', kind, plural, singular: kind.toLowerCase(), shortNames: [], namespaced: false },
    ...{ subresources: [], fields: [], custom: false },
  }
  return { type, verbs: ['create'] }
}

function describeGroup({ group, versions }: Group): JsonMap {
  const described = versions.map(({ version }) => ({ groupVersion: `${group}/${version}`, version }))
  return { name: group, versions: described, preferredVersion: described[0] ?? null }
}

function groupList(groups: readonly Group[]): JsonMap {
  const items = groups.map(({ group, versions }) => ({
    metadata: { name: group, creationTimestamp: null },
    versions: versions.map(({ version, resources }) => ({ version, freshness: 'Current', resources: resources.map(describeAggregated) })),
  }))
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items }
}

function describeAggregated({ type, verbs: allowed }: Served): JsonMap {
  const responseKind = { group: type.group, version: type.version, kind: type.kind }
  return {
    resource: type.plural,
    responseKind,
    scope: type.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: type.singular,
    shortNames: [...type.shortNames],
    verbs: allowed,
    subresources: type.subresources.map((subresource) => ({ subresource, responseKind, verbs: subresourceVerbs(subresource) })),
  }
}

function subresourceVerbs(subresource: string): string[] {
  if (subresource === 'log') return ['get']
  return subresource === 'eviction' ? ['create'] : ['get', 'patch', 'update']
}

function resourceList(catalog: ResourceCatalog, group: string, version: string): JsonMap | undefined {
  const found = groupsOf(catalog)
    .find((one) => one.group === group)
    ?.versions.find((one) => one.version === version)
  if (!found) return undefined
  const resources = found.resources.flatMap(({ type, verbs: allowed }) => [
    {
      ...{ name: type.plural, singularName: type.singular, namespaced: type.namespaced, kind: type.kind, verbs: allowed },
      ...(type.shortNames.length > 0 ? { shortNames: [...type.shortNames] } : {}),
    },
    ...type.subresources.map((subresource) => ({
      ...{ name: `${type.plural}/${subresource}`, singularName: '', namespaced: type.namespaced, kind: type.kind },
      verbs: subresourceVerbs(subresource),
    })),
  ])
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: group ? `${group}/${version}` : version, resources }
}
