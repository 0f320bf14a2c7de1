import { isMap, parseAllDocuments, stringify } from 'yaml'
import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { ObjectRef } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'

const Manifest = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().optional() }),
})

const List = z.looseObject({ kind: z.literal('List'), items: z.array(z.unknown()) })

/** The objects of a YAML text, `List`s taken apart, in the order of the text. Throws `invalid-parameters` and names the document. */
export function readManifests(text: string): KubeObject[] {
  return parseAllDocuments(text, { uniqueKeys: true, merge: false }).flatMap((document, index) => {
    const where = `document ${index + 1}`
    const fault = document.errors[0]
    if (fault !== undefined) throw unreadable(where, fault.message)
    // Text between two separators that is only a comment.
    if (document.contents === null || document.toJS() === null) return []
    if (!isMap(document.contents)) throw unreadable(where, 'It is no object.')
    return readObject(document.toJS({ maxAliasCount: 100 }), where)
  })
}

function readObject(value: unknown, where: string): KubeObject[] {
  const list = List.safeParse(value)
  if (list.success) return list.data.items.flatMap((item, index) => readObject(item, `${where}, item ${index + 1}`))
  const object = Manifest.safeParse(value)
  if (object.success) return [object.data as KubeObject]
  throw unreadable(where, object.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '))
}

function unreadable(where: string, cause: string): AdapterError {
  return new AdapterError('invalid-parameters', `The manifests cannot be read: ${where} is not a Kubernetes object.`, {
    cause,
    remedy: 'Every document needs apiVersion, kind and metadata.name. Correct it, then plan again.',
  })
}

// The order in which a person would apply them; kinds that are not named come between the two halves.
const first = [
  'Namespace',
  'CustomResourceDefinition',
  'PriorityClass',
  'StorageClass',
  'ResourceQuota',
  'LimitRange',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolume',
  'PersistentVolumeClaim',
  'ClusterRole',
  'ClusterRoleBinding',
  'Role',
  'RoleBinding',
  'Service',
]
const last = [
  'Pod',
  'ReplicaSet',
  'Deployment',
  'DaemonSet',
  'StatefulSet',
  'Job',
  'CronJob',
  'HorizontalPodAutoscaler',
  'Ingress',
  'APIService',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
]

/** What others need comes first; the order within a kind stays. */
export function sortForApply(objects: readonly KubeObject[]): KubeObject[] {
  return [...objects].sort((left, right) => rank(left.kind) - rank(right.kind))
}

/** Webhooks first, so that none of them stands in the way of the rest; namespaces last. */
export function sortForDelete(objects: readonly KubeObject[]): KubeObject[] {
  return sortForApply(objects).reverse()
}

function rank(kind: string): number {
  const early = first.indexOf(kind)
  if (early >= 0) return early
  const late = last.indexOf(kind)
  return late >= 0 ? first.length + 1 + late : first.length
}

/** Long lines stay whole, and nothing is shortened by anchors: for diffs. */
export function toYaml(object: unknown): string {
  return stringify(object, { lineWidth: 0, aliasDuplicateObjects: false })
}

/** The object's name as the contract spells it. */
export function refOf({ apiVersion, kind, metadata }: KubeObject): ObjectRef {
  return { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name ?? '' }
}

/** `Deployment shop/web`: for texts. */
export function nameOf({ kind, metadata }: KubeObject): string {
  return metadata.namespace ? `${kind} ${metadata.namespace}/${metadata.name}` : `${kind} ${metadata.name}`
}
