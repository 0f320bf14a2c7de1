import { type ApiPath, parseApiPath } from '../../kube/object-paths.js'

export type GrantMode = 'read' | 'dry-run' | 'write'
export type KubeVerb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** What one grant may do, and where. */
export interface GrantPolicy {
  readonly mode: GrantMode
  readonly scope: 'cluster' | readonly string[]
}

/** An allowed request in the one spelling that we judged; only this is sent on, never the client's own text. */
export interface JudgedRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  verb: KubeVerb
  path: string
  /** Missing for discovery, OpenAPI, health and version. */
  target?: ApiPath & { resource: string }
  query: URLSearchParams
  /** Of a body, when there is one. */
  contentType: string
  isSelfReview: boolean
  isDryRun: boolean
}

/** Not allowed: the HTTP status and what a Kubernetes client shows. No secret may stand in the message. */
export class Refusal extends Error {
  readonly status: number

  constructor(status: number, message: string, from?: unknown) {
    super(message, { cause: from })
    this.name = 'Refusal'
    this.status = status
  }
}

export interface RequestHead {
  method: string
  /** The request target as it came. */
  url: string
  contentType: string | undefined
  contentEncoding: string | undefined
  hasBody: boolean
}

/**
 * Decides from the head of a request; what it does not know it refuses. Throws Refusal. DELETE is not finished here, because
 * the API server believes its body before its query: see judgeDelete.
 */
export function judgeRequest(policy: GrantPolicy, head: RequestHead): JudgedRequest {
  const { path, query } = readUrl(head.url)
  const method = readMethod(head.method)
  if (head.contentEncoding !== undefined && head.contentEncoding !== 'identity')
    throw new Refusal(415, 'compressed bodies are not accepted: send the body as it is')
  if (isNonResource(path)) return judgeNonResource(head, { method, path, query })
  const target = parseApiPath(path)
  if (!target?.resource) throw new Refusal(403, `${path} is not offered through a grant, or is not in its plain spelling`)
  const located = { ...target, resource: target.resource }
  const verb = verbOf(method, located, query)
  const isSelfReview = verb === 'create' && isSelfReviewPath(located)
  const isDryRun = !readVerbs.has(verb) && readDryRun(query)
  const request = { method, verb, path, target: located, query, contentType: readContentType(policy, method, head), isSelfReview, isDryRun }
  if (!isSelfReview) {
    checkResource(request.target, verb)
    checkScope(policy, request.target, verb)
    checkMode(policy, request)
  }
  return request
}

/**
 * The second half for DELETE: the API server reads its options from the body when there is one, and then ignores the query.
 * Both must say the same. Answers the body to send in our own spelling, so that no parser's view differs from ours.
 */
export function judgeDelete(policy: GrantPolicy, request: JudgedRequest, body: Buffer): { request: JudgedRequest; body: Buffer } {
  if (body.length > 0 && request.contentType === protobuf) {
    if (request.query.has('dryRun'))
      throw new Refusal(415, 'a dry run of a DELETE needs its options as JSON: in protobuf they cannot be checked')
    // Counted as the real thing, whatever it says inside.
    return { request, body }
  }
  const options = body.length === 0 ? undefined : readDeleteOptions(body)
  const inBody = options === undefined ? undefined : isDryRunList(options.dryRun)
  if (inBody !== undefined && request.query.has('dryRun') && inBody !== request.isDryRun) {
    throw new Refusal(400, 'the dryRun of the body contradicts that of the query; the API server would follow the body')
  }
  const isDryRun = inBody ?? request.isDryRun
  if (policy.mode === 'dry-run' && !isDryRun) throw new Refusal(403, noDryRun)
  return { request: { ...request, isDryRun }, body: options === undefined ? body : Buffer.from(JSON.stringify(options)) }
}

const noDryRun = 'this grant is for dry runs: a request that would change something needs dryRun=All'
const readVerbs: ReadonlySet<KubeVerb> = new Set(['get', 'list', 'watch'])

// No percent sign in a path, no semicolon in a query (Go drops such a pair without a word), no control characters anywhere.
function readUrl(url: string): { path: string; query: URLSearchParams } {
  const cut = url.indexOf('?')
  const path = cut < 0 ? url : url.slice(0, cut)
  const rawQuery = cut < 0 ? '' : url.slice(cut + 1)
  if (!/^(\/[A-Za-z0-9._:@~-]+)+$/.test(path)) {
    throw new Refusal(400, 'the path must be plain: it starts with a slash and has no escapes, empty segments or semicolons')
  }
  if (path.split('/').some((segment) => segment === '.' || segment === '..')) throw new Refusal(400, 'the path must not hold . or ..')
  if (!/^[A-Za-z0-9\-._~!$'()*+,:@/?&=%[\]]*$/.test(rawQuery) || /%(?![0-9A-Fa-f]{2})/.test(rawQuery)) {
    throw new Refusal(400, 'the query must be plain: well-formed escapes and no semicolons')
  }
  return { path, query: new URLSearchParams(rawQuery) }
}

function readMethod(method: string): JudgedRequest['method'] {
  switch (method) {
    case 'GET':
    case 'POST':
    case 'PUT':
    case 'PATCH':
    case 'DELETE':
      return method
    default:
      throw new Refusal(405, `${method} is not offered through a grant`)
  }
}

// What clients ask before they ask for objects. /metrics, /logs, /debug and the rest stay closed.
function isNonResource(path: string): boolean {
  return (
    /^\/(version|healthz|livez|readyz|api|apis)$/.test(path) ||
    /^\/api\/v1$/.test(path) ||
    /^\/apis\/[^/]+(\/[^/]+)?$/.test(path) ||
    /^\/openapi\/v[23](\/|$)/.test(path) ||
    // Stand-ins of charts, which only simulated clusters have.
    /^\/_sandbox\/charts\/[^/]+\/[^/]+$/.test(path)
  )
}

function judgeNonResource({ hasBody }: RequestHead, asked: Pick<JudgedRequest, 'method' | 'path' | 'query'>): JudgedRequest {
  if (asked.method !== 'GET' || hasBody) throw new Refusal(405, `${asked.path} can only be read`)
  return { ...asked, verb: 'get', contentType: '', isSelfReview: false, isDryRun: false }
}

function verbOf(method: JudgedRequest['method'], target: ApiPath, query: URLSearchParams): KubeVerb {
  switch (method) {
    case 'GET':
      if (query.has('watch') && query.get('watch') !== 'false' && query.get('watch') !== '0') return 'watch'
      return target.name === undefined ? 'list' : 'get'
    case 'POST':
      return 'create'
    case 'PUT':
      return 'update'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return target.name === undefined ? 'deletecollection' : 'delete'
  }
}

const selfReviews = new Set([
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authentication.k8s.io/selfsubjectreviews',
])

// They store nothing, and answer only about the identity that asks.
function isSelfReviewPath({ group, resource, name, namespace, subresource }: ApiPath & { resource: string }): boolean {
  return selfReviews.has(`${group}/${resource}`) && name === undefined && namespace === undefined && subresource === undefined
}

// helm writes its release Secrets this way. What it does to which object stands in method and path, and the answer is JSON; so a
// write grant may send it. Where dryRun has to be found, nobody may hide it.
const protobuf = 'application/vnd.kubernetes.protobuf'
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
]

function readContentType({ mode }: GrantPolicy, method: JudgedRequest['method'], { contentType, hasBody }: RequestHead): string {
  if (method === 'GET') {
    if (hasBody) throw new Refusal(400, 'a GET has no body')
    return ''
  }
  const type = (contentType ?? 'application/json').split(';', 1).join('').trim().toLowerCase()
  const allowed = method === 'PATCH' ? patchTypes : mode === 'write' ? ['application/json', protobuf] : ['application/json']
  if (!allowed.includes(type)) throw new Refusal(415, `${type} bodies cannot be checked here: send ${allowed.join(' or ')}`)
  return type
}

// Sub-resources that only describe: everything else (exec, attach, portforward, proxy, token, ephemeralcontainers, binding,
// eviction, finalize, approval, resize, …) runs code, gives credentials away or goes around the object's own checks.
const describingSubresources = new Set(['status', 'scale'])

function checkResource({ group, resource, name, subresource }: ApiPath & { resource: string }, verb: KubeVerb): void {
  const label = `${resource}${subresource === undefined ? '' : `/${subresource}`}`
  const isLog = group === '' && resource === 'pods' && subresource === 'log' && verb === 'get'
  if (subresource !== undefined && !describingSubresources.has(subresource) && !isLog)
    throw new Refusal(403, `${label} is never offered through a grant`)
  if (subresource !== undefined && (verb === 'create' || verb === 'delete'))
    throw new Refusal(403, `${verb} of ${label} is never offered through a grant`)
  if (verb === 'create' && name !== undefined) throw new Refusal(405, 'objects are created by a POST to their collection')
  if ((verb === 'update' || verb === 'patch') && name === undefined) throw new Refusal(405, 'a change names its object')
  const isReview = group === 'authentication.k8s.io' || group === 'authorization.k8s.io'
  if (isReview || (group === '' && resource === 'bindings')) throw new Refusal(403, `${verb} of ${label} is never offered through a grant`)
}

function checkScope(
  { scope }: GrantPolicy,
  { group, namespace, resource, name, subresource }: ApiPath & { resource: string },
  verb: KubeVerb,
): void {
  if (scope === 'cluster' || (namespace !== undefined && scope.includes(namespace))) return
  // The namespace object itself may be looked at and labelled, CRDs may be read: nothing else lives outside of namespaces.
  const isOwnNamespace = group === '' && namespace === undefined && resource === 'namespaces' && name !== undefined && scope.includes(name)
  if (isOwnNamespace && subresource === undefined && ['get', 'patch', 'update'].includes(verb)) return
  const isCrd = group === 'apiextensions.k8s.io' && resource === 'customresourcedefinitions' && namespace === undefined
  if (isCrd && readVerbs.has(verb)) return
  const where = namespace === undefined ? 'the whole cluster' : `namespace ${namespace}`
  throw new Refusal(403, `this grant is for ${scope.join(', ')}, and the request is for ${where}`)
}

function checkMode({ mode }: GrantPolicy, { verb, query, isDryRun }: JudgedRequest): void {
  if (query.has('insecureSkipTLSVerifyBackend')) throw new Refusal(403, 'insecureSkipTLSVerifyBackend is never offered through a grant')
  if (readVerbs.has(verb) || mode === 'write') return
  if (mode === 'read') throw new Refusal(403, 'this grant can only read')
  if (verb === 'deletecollection') throw new Refusal(403, 'deletecollection is not offered to a dry run: delete objects one by one')
  // For DELETE the body has the last word.
  if (verb !== 'delete' && !isDryRun) throw new Refusal(403, noDryRun)
}

function readDryRun(query: URLSearchParams): boolean {
  const values = query.getAll('dryRun')
  if (values.length === 0) return false
  if (values.length === 1 && values[0] === 'All') return true
  throw new Refusal(400, 'dryRun can only be given once, as dryRun=All')
}

function readDeleteOptions(body: Buffer): { kind?: unknown; dryRun?: unknown } {
  let options: unknown
  try {
    options = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw new Refusal(400, 'the body of a DELETE must be DeleteOptions as JSON')
  }
  // kubectl and helm leave the kind out.
  if (!isRecord(options) || (options.kind !== undefined && options.kind !== 'DeleteOptions'))
    throw new Refusal(400, 'the body of a DELETE must be one object of kind DeleteOptions')
  return options
}

function isRecord(value: unknown): value is { kind?: unknown; dryRun?: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDryRunList(value: unknown): boolean {
  if (value === undefined || value === null || (Array.isArray(value) && value.length === 0)) return false
  if (Array.isArray(value) && value.length === 1 && value[0] === 'All') return true
  throw new Refusal(400, 'dryRun in DeleteOptions can only be ["All"]')
}
