import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { FaultRule } from '../contract/sandbox.js'
import { type Answer, formOf } from './answer.js'
import type { SimulatedCluster } from './cluster.js'
import { answerControl, controlPrefix } from './control.js'
import { answerDiscovery } from './discovery.js'
import { actOn } from './fault-acts.js'
import type { FaultVerb } from './faults.js'
import { objectRoutes, type ResourceCall, targetOf, verbOf } from './object-routes.js'
import { isWatch, type KubeRequest, readBody, readRequest, wantsForm } from './request.js'
import type { ResourceType } from './resource-types.js'
import { answerReview, isReview } from './reviews.js'
import { expired, methodNotAllowed, noSuchPath, StatusError, unauthorized } from './status-error.js'
import { answerSubresource } from './subresource-routes.js'
import { startWatch, type WatchEvent } from './watch.js'

/** The Kubernetes API of a simulated cluster over HTTP. Every request but those for its health needs the token. */
export function createApiServer(cluster: SimulatedCluster, token: string): Server {
  const server = createServer({ keepAlive: true }, (incoming, response) => {
    void answer(cluster, { incoming, response, token }).catch((error: unknown) => fail(response, error))
  })
  // Watches are quiet for minutes.
  server.requestTimeout = 0
  return server
}

interface Exchange {
  incoming: IncomingMessage
  response: ServerResponse
  token: string
}

async function answer(cluster: SimulatedCluster, exchange: Exchange): Promise<void> {
  const { incoming, response, token } = exchange
  const request = readRequest(incoming)
  if (['/healthz', '/readyz', '/livez'].includes(request.path)) return send(response, { status: 200, body: 'ok' })
  if (incoming.headers.authorization !== `Bearer ${token}`) throw unauthorized()
  const body = await readBody(incoming, request.contentType)
  if (request.path.startsWith(controlPrefix)) return send(response, await answerControl(cluster, request, body))
  const resource = resourceOf(cluster, request)
  const fault = cluster.faults.next({ verb: faultVerb(request, resource), resource: request.resource?.plural ?? '' })
  if (fault && !(await passes(cluster, { rule: fault, request, response }))) return
  if (isReview(request.path)) {
    if (request.method !== 'POST') throw methodNotAllowed()
    return send(response, { status: 201, body: answerReview(request.path, body) })
  }
  if (!resource || !request.resource) return send(response, answerAboutApi(cluster, request))
  const agent = (incoming.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown'
  const { store, writer } = cluster
  const call: ResourceCall = { store, writer, request, resource, path: request.resource, body, agent, now: Date.now() }
  const verb = verbForPath(call)
  if (verb === 'watch') return watch(cluster, { call, response, fault })
  send(response, verb === 'subresource' ? answerSubresource(call) : objectRoutes[verb](call))
}

function verbForPath(call: ResourceCall) {
  return call.path.subresource === '' ? verbOf(call.request, call.path) : ('subresource' as const)
}

/** The kind that a path is of. Throws 404 when the path is one of a kind that is not served, or not there. */
function resourceOf({ catalog }: SimulatedCluster, { resource, path }: KubeRequest): ResourceType | undefined {
  if (!resource || isReview(path)) return undefined
  const type = catalog.byPath(resource.group, resource.version, resource.plural)
  if (!type || (resource.namespace !== '' && !type.namespaced)) throw noSuchPath()
  if (type.namespaced && resource.name !== '' && resource.namespace === '') throw noSuchPath()
  return type
}

function answerAboutApi({ catalog }: SimulatedCluster, request: KubeRequest): Answer {
  if (request.method !== 'GET') throw methodNotAllowed()
  const aggregated = wantsForm(request.accept, 'APIGroupDiscoveryList')
  const found = answerDiscovery(catalog, request.path, aggregated)
  if (!found) throw noSuchPath()
  const isDiscovery = aggregated && ['/api', '/apis'].includes(request.path)
  const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList'
  return { status: 200, body: found, headers: isDiscovery ? { 'content-type': type } : {} }
}

function faultVerb(request: KubeRequest, resource: ResourceType | undefined): FaultVerb {
  if (!resource || !request.resource) return request.method === 'POST' ? 'create' : 'get'
  if (request.resource.subresource !== '') return byMethod[request.method] ?? 'get'
  const verb = verbOf(request, request.resource)
  return verb === 'deletecollection' ? 'delete' : verb
}

const byMethod: Record<string, FaultVerb> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' }

/** False when the fault leaves nothing to answer. */
async function passes(
  cluster: SimulatedCluster,
  fault: { rule: FaultRule; request: KubeRequest; response: ServerResponse },
): Promise<boolean> {
  const { rule, request, response } = fault
  const ended = new AbortController()
  const end = () => ended.abort()
  const forget = cluster.onReset(end)
  response.once('close', end)
  const outcome = await actOn(rule, { isWatch: isWatch(request.query), signal: ended.signal }).finally(forget)
  if (outcome === 'cut') response.socket?.resetAndDestroy()
  return outcome === 'pass'
}

function watch(
  cluster: SimulatedCluster,
  { call, response, fault }: { call: ResourceCall; response: ServerResponse; fault?: FaultRule | undefined },
): void {
  const { request, resource, path } = call
  const { namespace } = targetOf(call)
  const presentation = { form: formOf(request.accept), resource, now: call.now }
  const write = (event: WatchEvent) => void response.write(`${JSON.stringify(event)}\n`)
  const begin = () => {
    response.writeHead(200, { 'content-type': 'application/json', 'transfer-encoding': 'chunked' })
    response.flushHeaders()
  }
  if (fault?.fault === 'gone') {
    begin()
    write({ type: 'ERROR', object: expired('too old resource version').toStatus() })
    response.end()
    return
  }
  // Options are refused with a status of their own, before the stream begins.
  const events: WatchEvent[] = []
  let isOpen = false
  const send = (event: WatchEvent) => (isOpen ? write(event) : void events.push(event))
  const stop = startWatch({ ...call, namespace, name: path.name, query: request.query, presentation }, send, () => {
    if (isOpen) response.end()
    isOpen = false
  })
  begin()
  isOpen = true
  for (const event of events) write(event)
  if (events.at(-1)?.type === 'ERROR') response.end()
  const forget = cluster.onReset(stop)
  const early = fault?.fault === 'lose-watch' ? setTimeout(stop, fault.delayMs ?? 1_000) : undefined
  response.on('close', () => {
    forget()
    clearTimeout(early)
    stop()
  })
}

function send(response: ServerResponse, { status, body, headers = {} }: Answer): void {
  const isText = typeof body === 'string'
  const bytes = Buffer.from(isText ? body : JSON.stringify(body))
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', 'content-length': bytes.length, ...headers })
  response.end(bytes)
}

function fail(response: ServerResponse, error: unknown): void {
  const known = error instanceof StatusError ? error : new StatusError(500, 'InternalError', String(error))
  if (!(error instanceof StatusError)) process.stderr.write(`sandbox: ${error instanceof Error ? error.stack : String(error)}\n`)
  if (response.headersSent) response.destroy()
  else send(response, refusal(known))
}

/** A refusal as the API server sends it. */
function refusal(error: StatusError): Answer {
  const after = error.details.retryAfterSeconds
  return { status: error.code, body: error.toStatus(), headers: typeof after === 'number' ? { 'retry-after': String(after) } : {} }
}
