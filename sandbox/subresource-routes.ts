import type { Answer } from './answer.js'
import { mapOf, textOf } from './json.js'
import { at, withAt } from './json-parts.js'
import { deleteOptionsOf, isDryRun, objectOf, objectRoutes, type ResourceCall, targetOf, writeOptionsOf } from './object-routes.js'
import type { Subresource } from './resource-types.js'
import { patchScale, readScale, replaceScale } from './scale-routes.js'
import { badRequest, methodNotAllowed, noSuchPath } from './status-error.js'

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
  scale: { GET: readScale, PUT: replaceScale, PATCH: patchScale },
  log: { GET: readLog },
  eviction: { POST: evict },
  finalize: { PUT: finalize },
}

function readLog(call: ResourceCall): Answer {
  const { metadata } = objectOf(call)
  return { status: 200, body: `simulated pod ${metadata.namespace}/${metadata.name}: it runs no program, so there is no log\n` }
}

/** As the API server does it: whether it is a dry run stands in the query or in the options, all else only in these. */
function evict(call: ResourceCall): Answer {
  const { body, path, request } = call
  if (textOf(at(body, 'metadata.name')) !== path.name) throw badRequest('name in URL does not match name in Eviction object')
  const options = deleteOptionsOf(new URLSearchParams(), mapOf(body).deleteOptions ?? {})
  const isAsked = isDryRun(request.query.getAll('dryRun'))
  call.writer.delete(targetOf(call), { ...options, dryRun: isAsked || options.dryRun === true })
  return { status: 201, body: { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' } }
}

function finalize(call: ResourceCall): Answer {
  const finalizers = at(call.body, 'spec.finalizers') ?? []
  const next = withAt(objectOf(call), 'spec.finalizers', finalizers)
  return { status: 200, body: call.writer.update(targetOf(call), next, writeOptionsOf(call).options) }
}
