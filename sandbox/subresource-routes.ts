import type { Answer } from './answer.js'
import { type JsonMap, mapOf, numberOf } from './json.js'
import { at, withAt } from './json-parts.js'
import type { KubeObject } from './kube-object.js'
import { objectOf, objectRoutes, type ResourceCall, targetOf, writeOptionsOf } from './object-routes.js'
import { applyMergePatch } from './patches/merge-patch.js'
import type { Subresource } from './resource-types.js'
import { methodNotAllowed, noSuchPath } from './status-error.js'

type Route = (call: ResourceCall) => Answer

/** What stands below an object. Throws 404 for what its kind does not have, 405 for a method that it does not take. */
export function answerSubresource(call: ResourceCall): Answer {
  const { resource, path, request } = call
  const name = resource.subresources.find((one) => one === path.subresource)
  if (!name) throw noSuchPath()
  const route = routes[name][request.method]
  if (!route) throw methodNotAllowed()
  return route(call)
}

const routes: Record<Subresource, Record<string, Route>> = {
  status: { GET: objectRoutes.get, PUT: objectRoutes.update, PATCH: objectRoutes.patch },
  scale: { GET: readScale, PUT: writeScale, PATCH: writeScale },
  log: { GET: readLog },
  eviction: { POST: evict },
  finalize: { PUT: finalize },
}

function readScale(call: ResourceCall): Answer {
  return { status: 200, body: toScale(objectOf(call)) }
}

function writeScale(call: ResourceCall): Answer {
  const live = objectOf(call)
  const wanted = call.request.method === 'PUT' ? mapOf(call.body) : applyMergePatch(toScale(live), mapOf(call.body))
  const replicas = numberOf(at(wanted, 'spec.replicas'), 0)
  const { options } = writeOptionsOf(call)
  const patch = { type: 'merge' as const, body: { spec: { replicas } } }
  return { status: 200, body: toScale(call.writer.patch(targetOf(call), patch, options).object) }
}

function toScale({ metadata, spec, status }: KubeObject): JsonMap {
  const { name, uid, resourceVersion, creationTimestamp } = metadata
  const labels = mapOf(at(spec, 'selector.matchLabels'))
  const selector = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`)
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(metadata.namespace ? { namespace: metadata.namespace } : {}), uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberOf(mapOf(spec).replicas, 0) },
    status: { replicas: numberOf(mapOf(status).replicas, 0), selector: selector.join(',') },
  }
}

function readLog(call: ResourceCall): Answer {
  const { metadata } = objectOf(call)
  return { status: 200, body: `simulated pod ${metadata.namespace}/${metadata.name}: it runs no program, so there is no log\n` }
}

function evict(call: ResourceCall): Answer {
  call.writer.delete(targetOf(call), {})
  return { status: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } }
}

function finalize(call: ResourceCall): Answer {
  const finalizers = at(call.body, 'spec.finalizers') ?? []
  const next = withAt(objectOf(call), 'spec.finalizers', finalizers)
  return { status: 200, body: call.writer.update(targetOf(call), next, writeOptionsOf(call).options) }
}
