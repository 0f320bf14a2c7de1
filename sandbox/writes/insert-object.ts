import { randomInt, randomUUID } from 'node:crypto'
import { applyDefaults } from '../defaults.js'
import type { JsonMap } from '../json.js'
import { without } from '../json-parts.js'
import { type KubeObject, type ObjectMeta, readMetadata } from '../kube-object.js'
import type { ResourceType } from '../resource-types.js'
import { alreadyExists, notFound, StatusError } from '../status-error.js'
import { checkObject } from '../validate.js'
import { hasGeneration, toStored } from './metadata-parts.js'
import { subjectOf, type Target } from './target.js'
import type { OwnedWrite, WriteContext } from './write-context.js'

/** A new object, with its defaults and what admissions add. Throws 404, 409 and 422. */
export function insertObject(context: WriteContext, target: Target, write: { object: JsonMap; options: OwnedWrite }): KubeObject {
  const { resource, namespace } = target
  const { object, options } = write
  const given = readMetadata(object)
  const name = given.name ?? (given.generateName === undefined ? '' : `${given.generateName}${randomSuffix()}`)
  if (name === '') throw nameMissing(resource)
  const place = { resource, namespace, name }
  requireNamespace(context, place)
  checkObject(resource, object, name)
  if (context.store.get(resource, namespace, name)) throw alreadyExists(subjectOf(place))
  const metadata: ObjectMeta = {
    ...without(given, ['namespace']),
    name,
    ...(resource.namespaced ? { namespace } : {}),
    uid: randomUUID(),
    resourceVersion: '',
    ...(hasGeneration(resource) ? { generation: 1 } : {}),
    creationTimestamp: context.time(),
    ...(options.managedFields.length > 0 ? { managedFields: options.managedFields } : {}),
  }
  const body = resource.subresources.includes('status') ? without(object, ['status']) : object
  const made = toStored(resource, applyDefaults(resource, { ...body, metadata }, context), metadata)
  const admitted = [...context.admissions].reduce((one, admission) => admission(resource, one), made)
  return options.dryRun ? admitted : context.store.put(resource, admitted)
}

function requireNamespace({ store, catalog }: WriteContext, { resource, namespace, name }: Target): void {
  if (!resource.namespaced) return
  const type = catalog.byPath('', 'v1', 'namespaces')
  const found = type && store.get(type, '', namespace)
  if (!found) throw notFound({ group: '', plural: 'namespaces', name: namespace })
  if (found.metadata.deletionTimestamp === undefined) return
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  throw new StatusError(403, 'Forbidden', `${resource.plural} "${name}" is forbidden: ${why}`).about({ name, kind: resource.plural })
}

function nameMissing(resource: ResourceType): StatusError {
  const message = `${resource.kind} "" is invalid: metadata.name: Required value: name or generateName is required`
  return new StatusError(422, 'Invalid', message)
}

// Kubernetes' own alphabet: no vowels, no look-alikes (apimachinery, rand.SafeEncodeString).
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789'

/** Five letters that make a generated name. */
export function randomSuffix(): string {
  return Array.from({ length: 5 }, () => suffixLetters[randomInt(suffixLetters.length)]).join('')
}
