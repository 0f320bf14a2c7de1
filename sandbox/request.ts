import type { IncomingMessage } from 'node:http'
import { parse } from 'yaml'
import { type Json, mapOf } from './json.js'
import { badRequest, StatusError } from './status-error.js'

/** One request, taken apart the way the Kubernetes API lays its paths out. */
export interface KubeRequest {
  method: string
  path: string
  query: URLSearchParams
  accept: string
  contentType: string
  /** Parts of the path that a resource has; undefined for discovery and everything else. */
  resource?: ResourcePath
}

export interface ResourcePath {
  group: string
  version: string
  /** Empty for cluster-scoped kinds and for lists over all namespaces. */
  namespace: string
  plural: string
  /** Empty for a collection. */
  name: string
  subresource: string
}

const resourcePath = /^\/(?:api\/(?<core>[^/]+)|apis\/(?<group>[^/]+)\/(?<version>[^/]+))(?<rest>\/.+)$/
const maxBodyBytes = 3 * 1024 * 1024

export function readRequest(incoming: IncomingMessage): KubeRequest {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://sandbox')
  const path = decodeURIComponent(pathname)
  const resource = readPath(path)
  return {
    method: incoming.method ?? 'GET',
    path,
    query: searchParams,
    accept: incoming.headers.accept ?? 'application/json',
    contentType: (incoming.headers['content-type'] ?? 'application/json').split(';')[0]?.trim() ?? '',
    ...(resource ? { resource } : {}),
  }
}

function readPath(path: string): ResourcePath | undefined {
  const { core, group = '', version = core ?? '', rest = '' } = resourcePath.exec(path)?.groups ?? {}
  const parts = rest.split('/').slice(1)
  if (parts.length === 0 || parts[0] === '') return undefined
  // A namespace is a resource of its own, unless something stands below it that is no sub-resource.
  const isWithin = parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '')
  const namespace = isWithin ? (parts[1] ?? '') : ''
  const [plural = '', name = '', ...below] = isWithin ? parts.slice(2) : parts
  return { group, version, namespace, plural, name, subresource: below.join('/') }
}

/** The body as JSON; YAML is taken too, as the API server does. Throws 400, 413 and 415. */
export async function readBody(incoming: IncomingMessage, contentType: string): Promise<Json> {
  if (/protobuf|cbor/.test(contentType)) {
    throw new StatusError(415, 'UnsupportedMediaType', `the sandbox reads JSON and YAML only, not ${contentType}`)
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming) {
    size += chunk.length
    if (size > maxBodyBytes) throw new StatusError(413, 'RequestEntityTooLarge', 'Request entity too large: limit is 3145728')
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString()
  if (text.trim() === '') return {}
  try {
    return contentType.includes('yaml') ? parse(text) : JSON.parse(text)
  } catch (error) {
    throw badRequest(`couldn't get version/kind; json parse error: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A wanted form: Table and PartialObjectMetadata stand in the Accept header. */
export function wantsForm(
  accept: string,
  form: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | 'APIGroupDiscoveryList',
): boolean {
  return accept.split(',').some((range) => new RegExp(`;\\s*as=${form}\\s*(;|$)`).test(range))
}

/** A whole number in the query; 0 when it is not given. Throws 400 for what is none. */
export function integerOption(query: URLSearchParams, name: string): number {
  const given = query.get(name) ?? '0'
  if (!/^[+-]?\d+$/.test(given)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(given)}: invalid syntax`)
  return Number(given)
}

/** As the API server reads a flag: anything but false and 0 sets it. */
export function isWatch(query: URLSearchParams): boolean {
  const given = query.get('watch')
  return given !== null && !['false', '0'].includes(given.toLowerCase())
}

export function optionOf(query: URLSearchParams, body: Json, name: string): string | undefined {
  const inBody = mapOf(body)[name]
  const given = query.get(name) ?? (Array.isArray(inBody) ? inBody[0] : inBody)
  return typeof given === 'string' ? given : undefined
}
