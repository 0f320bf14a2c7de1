import { applyConfiguration, trackUpdate, type Writing } from './apply/managed-fields.js'
import { undecodableCount } from './counts.js'
import { applyDefaults } from './defaults.js'
import { isMap, type Json, type JsonMap, mapOf } from './json.js'
import { at } from './json-parts.js'
import { type KubeObject, readMetadata } from './kube-object.js'
import type { ObjectStore } from './object-store.js'
import type { ResourceCatalog } from './resource-catalog.js'
import { badRequest, notFound, StatusError } from './status-error.js'
import { checkFields, checkIdentity, checkTypes } from './validate.js'
import { type DeleteOptions, deleteObject } from './writes/delete-object.js'
import { insertObject } from './writes/insert-object.js'
import { type PlainPatch, patchObject } from './writes/patch-object.js'
import { keepStatus, replaceObject } from './writes/replace-object.js'
import { subjectOf, type Target } from './writes/target.js'
import { type Admission, existing, type WriteContext, type WriteOptions } from './writes/write-context.js'

export type PatchType = PlainPatch | 'apply'

/** The only way to change the store: for requests, controllers and scenes alike. Throws StatusError. */
export interface Writer {
  create(target: Target, object: JsonMap, options: WriteOptions): KubeObject
  update(target: Target, object: JsonMap, options: WriteOptions): KubeObject
  patch(target: Target, patch: { type: PatchType; body: Json }, options: WriteOptions): { object: KubeObject; created: boolean }
  /** Undefined when the object is gone at once; the object with its deletionTimestamp when something holds it. */
  delete(target: Target, options?: DeleteOptions): KubeObject | undefined
  /** Changes objects on their way in; returns the end of it. */
  admit(admission: Admission): () => void
}

export interface WriterDeps {
  store: ObjectStore
  catalog: ResourceCatalog
  /** Milliseconds since 1970. */
  now: () => number
}

export function createWriter({ store, catalog, now }: WriterDeps): Writer {
  const time = () => new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z')
  const context: WriteContext = { store, catalog, time, admissions: new Set(), allocateClusterIp: createAddressRange() }
  const writer: Writer = {
    create(target, object, options) {
      checkBody(target, object, options)
      if (readMetadata(object).resourceVersion !== undefined) throw versionGiven()
      // Ownership is of what the object says after its defaults.
      const full = applyDefaults(target.resource, { ...object, metadata: mapOf(object.metadata) }, noAllocation)
      const managedFields = trackUpdate(writingOf(context, target, options), undefined, full)
      return insertObject(context, target, { object, options: { ...options, managedFields } })
    },
    update(target, object, options) {
      checkBody(target, object, options)
      const live = existing(context, target)
      const body = options.subresource === 'status' ? object : keepStatus(target.resource, live, object)
      const next = applyDefaults(target.resource, body, keepAllocation(live))
      const managedFields = trackUpdate(writingOf(context, target, options), live, next)
      return replaceObject(context, target, { live, next, options: { ...options, managedFields } })
    },
    patch(target, { type, body }, options) {
      if (type === 'apply') return apply(context, { target, body, options })
      const live = existing(context, target)
      const patched = patchObject(target.resource, live, { type, body })
      const why = target.resource.custom ? undefined : undecodableCount(target.resource.kind, patched)
      if (why !== undefined) throw new StatusError(422, 'Invalid', ` "" is invalid: patch: Invalid value: ${why}`)
      return { object: writer.update(target, patched, options), created: false }
    },
    delete: (target, options = {}) => deleteObject(context, target, options),
    admit(admission) {
      context.admissions.add(admission)
      return () => void context.admissions.delete(admission)
    },
  }
  return writer
}

function apply(context: WriteContext, { target, body, options }: { target: Target; body: Json; options: WriteOptions }) {
  if (!isMap(body)) throw badRequest('the body of an apply must be an object')
  if (options.manager === '') {
    throw new StatusError(
      422,
      'Invalid',
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    )
  }
  checkBody(target, body, options)
  if (mapOf(body.metadata).managedFields !== undefined) throw badRequest('metadata.managedFields must be nil')
  const live = context.store.get(target.resource, target.namespace, target.name)
  if (!live && options.subresource === 'status') throw notFound(subjectOf(target))
  const applied = { ...body, metadata: { ...mapOf(body.metadata), name: target.name } }
  const writing = { ...writingOf(context, target, options), force: options.force === true }
  const { object, managedFields } = applyConfiguration(writing, live, applied)
  const owned = { ...options, managedFields }
  if (!live) return { object: insertObject(context, target, { object, options: owned }), created: true }
  return { object: replaceObject(context, target, { live, next: object, options: owned }), created: false }
}

function checkBody(target: Target, object: JsonMap, { validation = 'Warn', warnings = [] }: WriteOptions): void {
  checkIdentity(target.resource, object, target)
  checkFields(target.resource, object, { validation, warnings })
  checkTypes(target.resource, object)
}

function writingOf({ time }: WriteContext, { resource }: Target, { manager, subresource = '' }: WriteOptions): Writing {
  return { resource, manager, subresource, now: time() }
}

// The service range that clusters made by kubeadm have: 10.96.0.0/12; the first ten are left to the cluster itself.
function createAddressRange(): () => string {
  let last = 10
  return () => {
    last += 1
    return `10.96.${Math.floor(last / 256) % 256}.${last % 256}`
  }
}

const noAllocation = { allocateClusterIp: () => '' }

/** An update that leaves the address out keeps the one that is there. */
function keepAllocation(live: KubeObject): { allocateClusterIp: () => string } {
  const ip = at(live, 'spec.clusterIP')
  return { allocateClusterIp: () => (typeof ip === 'string' ? ip : '') }
}

// 500 and without a reason: so says the API server itself.
function versionGiven(): StatusError {
  return new StatusError(500, '', 'resourceVersion should not be set on objects to be created')
}
