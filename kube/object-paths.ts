import type { KubeResource } from './discover-resources.js'

type Located = Pick<KubeResource, 'apiVersion' | 'plural' | 'namespaced'>

/** Path of a collection: in one namespace, or everywhere when `namespace` is missing or the kind is cluster-scoped. */
export function collectionPath(resource: Located, namespace?: string): string {
  const root = resource.apiVersion.includes('/') ? `/apis/${resource.apiVersion}` : `/api/${resource.apiVersion}`
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${resource.plural}`
}

/** Path of one object, or of one of its sub-resources. */
export function objectPath(resource: Located, target: { namespace?: string | undefined; name: string; subresource?: string }): string {
  const path = `${collectionPath(resource, target.namespace)}/${encodeURIComponent(target.name)}`
  return target.subresource ? `${path}/${target.subresource}` : path
}

/** The resource that serves a kind; undefined when the cluster does not know it (a CRD that is not there yet). */
export function findResource(resources: readonly KubeResource[], wanted: { apiVersion: string; kind: string }): KubeResource | undefined {
  return resources.find((resource) => resource.apiVersion === wanted.apiVersion && resource.kind === wanted.kind)
}

/** A path below /api or /apis, taken apart. `name` is missing for collections, `resource` for discovery documents. */
export interface ApiPath {
  group: string
  version: string
  namespace?: string
  resource?: string
  name?: string
  /** Everything after the name: `status`, or `proxy/some/path`. */
  subresource?: string
}

/**
 * Reads a path as the API server would (k8s.io/apiserver RequestInfo), but only its plain spelling: an escape, an empty or
 * dotted segment, the deprecated /watch/ and /proxy/ prefixes give undefined, so that no two readers can disagree about it.
 */
export function parseApiPath(path: string): ApiPath | undefined {
  const segments = path.slice(1).split('/')
  if (!path.startsWith('/') || segments.some((segment) => !plainSegment.test(segment) || segment === '.' || segment === '..'))
    return undefined
  const [root, ...rest] = segments
  if (root === 'api') return parseVersioned('', rest)
  if (root === 'apis') return parseVersioned(rest[0] ?? '', rest.slice(1))
  return undefined
}

// Names of objects may hold a colon (system:node) and upper case (CSIStorageCapacity has none, but custom groups exist).
const plainSegment = /^[A-Za-z0-9._:@~-]+$/

function parseVersioned(group: string, [version, ...rest]: string[]): ApiPath | undefined {
  const base = { group, version: version ?? '' }
  const [first, second, third, ...tail] = rest
  if (first === 'watch' || first === 'proxy') return undefined
  if (first === 'namespaces' && second !== undefined && third !== undefined && !namespaceSubresources.has(third)) {
    const [name, ...sub] = tail
    return { ...base, namespace: second, resource: third, ...nameAndSubresource(name, sub) }
  }
  // The namespace object itself, and kinds without a namespace.
  const sub = third === undefined ? [] : [third, ...tail]
  return first === undefined ? base : { ...base, resource: first, ...nameAndSubresource(second, sub) }
}

const namespaceSubresources = new Set(['status', 'finalize'])

function nameAndSubresource(name: string | undefined, sub: string[]): Pick<ApiPath, 'name' | 'subresource'> {
  return { ...(name === undefined ? {} : { name }), ...(sub.length === 0 ? {} : { subresource: sub.join('/') }) }
}
