import type { JsonMap } from '../json.js'
import { without } from '../json-parts.js'
import { type KubeObject, type ObjectMeta, readMetadata } from '../kube-object.js'
import { apiVersionOf, type ResourceType } from '../resource-types.js'

/** What a client may change of metadata. */
export function changeableMetadata({ labels, annotations, finalizers, ownerReferences, generateName }: ObjectMeta): Partial<ObjectMeta> {
  return {
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
    ...(finalizers ? { finalizers } : {}),
    ...(ownerReferences ? { ownerReferences } : {}),
    ...(generateName ? { generateName } : {}),
  }
}

/** What no client changes. */
export function serverMetadata(meta: ObjectMeta): ObjectMeta {
  const {
    labels: _labels,
    annotations: _annotations,
    finalizers: _finalizers,
    ownerReferences: _owners,
    managedFields: _managed,
    ...own
  } = meta
  return own
}

/** The object as it is stored. Labels that a default added are kept. */
export function toStored(resource: ResourceType, object: JsonMap, metadata: ObjectMeta): KubeObject {
  const { apiVersion: _version, kind: _kind, metadata: given, ...rest } = object
  const labels = readMetadata({ metadata: given ?? {} }).labels
  return { apiVersion: apiVersionOf(resource), kind: resource.kind, metadata: { ...metadata, ...(labels ? { labels } : {}) }, ...rest }
}

/** Everything that counts as a change of what is wanted. */
export function wantedState(object: JsonMap): JsonMap {
  return without(object, ['metadata', 'status', 'apiVersion', 'kind'])
}

/** Kinds whose wanted state is counted: custom ones, and those that the API server counts. */
export function hasGeneration({ kind, custom }: ResourceType): boolean {
  return custom || countedKinds.has(kind)
}

const countedKinds = new Set([
  ...['Pod', 'ReplicationController', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet', 'CronJob', 'Job', 'PodDisruptionBudget'],
  ...['EndpointSlice', 'Ingress', 'IngressClass', 'NetworkPolicy', 'PriorityClass', 'CustomResourceDefinition'],
  ...['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'],
])
