import { type Answer, formOf, presentList, presentObject } from './answer.js'
import { isMap, type Json, type JsonMap, listOf, mapOf, textOf } from './json.js'
import { at } from './json-parts.js'
import type { KubeObject } from './kube-object.js'
import type { ObjectStore } from './object-store.js'
import { listPage } from './read-objects.js'
import { isWatch, type KubeRequest, optionOf, type ResourcePath } from './request.js'
import type { ResourceType } from './resource-types.js'
import { badRequest, methodNotAllowed, notFound, StatusError, unsupportedMediaType } from './status-error.js'
import type { PatchType, Writer } from './writer.js'
import type { DeleteOptions } from './writes/delete-object.js'
import { subjectOf, type Target } from './writes/target.js'
import type { WriteOptions } from './writes/write-context.js'

/** One request for a resource that is served, with its body. */
export interface ResourceCall {
  store: ObjectStore
  writer: Writer
  request: KubeRequest
  resource: ResourceType
  path: ResourcePath
  body: Json
  /** Who writes, when the request does not say: the program's name. */
  agent: string
  now: number
}

type ObjectVerb = 'get' | 'list' | 'create' | 'update' | 'patch' | 'delete' | 'deletecollection'

/** What a method means at a path; watch is told by its query. Throws 405. */
export function verbOf({ method, query }: KubeRequest, { name }: ResourcePath): ObjectVerb | 'watch' {
  if (method === 'GET' && isWatch(query)) return 'watch'
  const verb = verbs[`${method} ${name === '' ? 'collection' : 'object'}`]
  if (!verb) throw methodNotAllowed()
  return verb
}

const verbs: Record<string, ObjectVerb> = {
  'GET object': 'get',
  'GET collection': 'list',
  'POST collection': 'create',
  'PUT object': 'update',
  'PATCH object': 'patch',
  'DELETE object': 'delete',
  'DELETE collection': 'deletecollection',
}

/** Reads and writes of objects and of their status. Throws StatusError. */
export const objectRoutes: Record<ObjectVerb, (call: ResourceCall) => Answer> = {
  get(call) {
    return { status: 200, body: presentObject(presentationOf(call), objectOf(call)) }
  },
  list(call) {
    const { store, resource, path, request } = call
    const page = listPage(store, resource, { namespace: path.namespace, query: request.query })
    return { status: 200, body: presentList(presentationOf(call), page) }
  },
  create(call) {
    const body = bodyObject(call)
    if (call.resource.namespaced && call.path.namespace === '') throw methodNotAllowed()
    const { options, headers } = writeOptionsOf(call)
    const object = call.writer.create({ ...targetOf(call), name: '' }, body, options)
    return { status: 201, body: presentObject(presentationOf(call), object), headers: headers() }
  },
  update(call) {
    const body = bodyObject(call)
    if (textOf(at(body, 'metadata.name')) === '') throw badRequest('the name of the object must be given: metadata.name')
    const { options, headers } = writeOptionsOf(call)
    const object = call.writer.update(targetOf(call), body, options)
    return { status: 200, body: presentObject(presentationOf(call), object), headers: headers() }
  },
  patch(call) {
    const type = patchTypeOf(call)
    const { options, headers } = writeOptionsOf(call)
    const { object, created } = call.writer.patch(targetOf(call), { type, body: call.body }, options)
    return { status: created ? 201 : 200, body: presentObject(presentationOf(call), object), headers: headers() }
  },
  delete(call) {
    const live = objectOf(call)
    const held = call.writer.delete(targetOf(call), deleteOptionsOf(call.request.query, call.body))
    return { status: 200, body: held ? presentObject(presentationOf(call), held) : successOf(call.resource, live) }
  },
  deletecollection(call) {
    const { store, writer, resource, path, request } = call
    const page = listPage(store, resource, { namespace: path.namespace, query: request.query })
    const options = deleteOptionsOf(request.query, call.body)
    for (const { metadata } of page.items) writer.delete({ resource, namespace: metadata.namespace ?? '', name: metadata.name }, options)
    return { status: 200, body: presentList(presentationOf(call), page) }
  },
}

const patchTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
  'application/apply-patch+json': 'apply',
}

/** By the content type. Throws 415. */
export function patchTypeOf({ request }: ResourceCall): PatchType {
  const type = patchTypes[request.contentType]
  if (!type) throw unsupportedMediaType(request.contentType)
  return type
}

export function targetOf({ resource, path }: ResourceCall): Target {
  return { resource, namespace: resource.namespaced ? path.namespace : '', name: path.name }
}

/** The object that the path names. Throws 404. */
export function objectOf(call: ResourceCall): KubeObject {
  const target = targetOf(call)
  const found = call.store.get(target.resource, target.namespace, target.name)
  if (!found) throw notFound(subjectOf(target))
  return found
}

function presentationOf({ request, resource, now }: ResourceCall) {
  return { form: formOf(request.accept), resource, now }
}

function bodyObject({ body, resource }: ResourceCall): JsonMap {
  if (!isMap(body)) throw badRequest(`the body is no ${resource.kind}`)
  return body
}

/** Options of a write, and the Warning headers that it caused. */
export function writeOptionsOf({ request, path, agent }: ResourceCall): { options: WriteOptions; headers: () => Record<string, string> } {
  const { query } = request
  const warnings: string[] = []
  const isApply = patchTypes[request.contentType] === 'apply'
  const options: WriteOptions = {
    manager: query.get('fieldManager') ?? (isApply ? '' : agent),
    dryRun: isDryRun(query.getAll('dryRun')),
    force: query.get('force') === 'true',
    subresource: path.subresource === 'status' ? 'status' : '',
    validation: validationOf(query.get('fieldValidation')),
    warnings,
  }
  const quoted = (text: string) => `299 - ${JSON.stringify(text)}`
  return { options, headers: () => (warnings.length > 0 ? { warning: warnings.map(quoted).join(', ') } : {}) }
}

/** Throws 422 for another value than All. */
export function isDryRun(given: readonly string[]): boolean {
  if (given.every((value) => value === 'All')) return given.length > 0
  throw new StatusError(
    422,
    'Invalid',
    `CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ${JSON.stringify(given)}: supported values: "All"`,
  )
}

function validationOf(given: string | null): 'Strict' | 'Warn' | 'Ignore' {
  if (given === null || given === '') return 'Warn'
  if (given === 'Strict' || given === 'Warn' || given === 'Ignore') return given
  throw badRequest(`fieldValidation: Unsupported value: ${JSON.stringify(given)}: supported values: "Ignore", "Warn", "Strict"`)
}

/** Options of a delete, in its query or its body. */
export function deleteOptionsOf(query: URLSearchParams, body: Json): DeleteOptions {
  const grace = query.get('gracePeriodSeconds') ?? mapOf(body).gracePeriodSeconds
  const preconditions = mapOf(mapOf(body).preconditions)
  const { uid, resourceVersion } = preconditions
  return {
    dryRun: isDryRun([...query.getAll('dryRun'), ...listOf(mapOf(body).dryRun).map(textOf)]),
    propagation: propagationOf(optionOf(query, body, 'propagationPolicy')),
    graceSeconds: grace === undefined || grace === null ? undefined : Number(grace),
    uid: typeof uid === 'string' ? uid : undefined,
    resourceVersion: typeof resourceVersion === 'string' ? resourceVersion : undefined,
  }
}

function propagationOf(given: string | undefined): DeleteOptions['propagation'] {
  if (given === undefined || given === 'Foreground' || given === 'Background' || given === 'Orphan') return given
  const known = 'supported values: "Background", "Foreground", "Orphan"'
  throw new StatusError(
    422,
    'Invalid',
    `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "${given}": ${known}`,
  )
}

function successOf({ group, plural }: ResourceType, { metadata }: KubeObject): JsonMap {
  const details = { name: metadata.name, ...(group ? { group } : {}), kind: plural, uid: metadata.uid }
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details }
}
