import { z } from 'zod'
import { type Json, type JsonMap, mapOf, textOf } from './json.js'
import { badRequest } from './status-error.js'

const Strings = z.record(z.string(), z.string())
const Owner = z.looseObject({ apiVersion: z.string(), kind: z.string(), name: z.string(), uid: z.string() })

/** What a client may say of an object's metadata; the rest is the server's. */
const GivenMeta = z.looseObject({
  name: z.string().optional(),
  namespace: z.string().optional(),
  generateName: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  labels: Strings.nullish(),
  annotations: Strings.nullish(),
  finalizers: z.array(z.string()).nullish(),
  ownerReferences: z.array(Owner).nullish(),
})

export type OwnerReference = {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

/** One manager's fields, as the API server keeps them. */
export type ManagedFields = {
  manager: string
  operation: 'Apply' | 'Update'
  apiVersion: string
  time: string
  fieldsType: 'FieldsV1'
  fieldsV1: JsonMap
  subresource?: string
}

export type ObjectMeta = {
  name: string
  namespace?: string
  generateName?: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  labels?: { [key: string]: string }
  annotations?: { [key: string]: string }
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
  managedFields?: ManagedFields[]
}

/** One stored object. Treated as immutable: every change makes a new one. */
export type KubeObject = { apiVersion: string; kind: string; metadata: ObjectMeta; [field: string]: Json }

/** The metadata that a client gives, checked. Throws 400 for what is none. */
export function readMetadata(object: JsonMap): Partial<ObjectMeta> {
  const read = GivenMeta.safeParse(object.metadata ?? {})
  if (!read.success) {
    const [issue] = read.error.issues
    throw badRequest(`metadata.${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { name, namespace, generateName, uid, resourceVersion, labels, annotations, finalizers, ownerReferences } = read.data
  return {
    ...(name ? { name } : {}),
    ...(namespace ? { namespace } : {}),
    ...(generateName ? { generateName } : {}),
    ...(uid ? { uid } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(hasEntries(labels) ? { labels } : {}),
    ...(hasEntries(annotations) ? { annotations } : {}),
    ...(finalizers && finalizers.length > 0 ? { finalizers: [...new Set(finalizers)] } : {}),
    ...(ownerReferences && ownerReferences.length > 0 ? { ownerReferences: ownerReferences.map(toOwner) } : {}),
  }
}

function hasEntries(map: Record<string, string> | null | undefined): map is Record<string, string> {
  return map !== null && map !== undefined && Object.keys(map).length > 0
}

function toOwner({ apiVersion, kind, name, uid, controller, blockOwnerDeletion }: z.infer<typeof Owner>): OwnerReference {
  return {
    ...{ apiVersion, kind, name, uid },
    ...(typeof controller === 'boolean' ? { controller } : {}),
    ...(typeof blockOwnerDeletion === 'boolean' ? { blockOwnerDeletion } : {}),
  }
}

/** Namespace of an object; empty for those that have none. */
export function namespaceOf(object: JsonMap): string {
  return textOf(mapOf(object.metadata).namespace)
}
