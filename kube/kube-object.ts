/** What every Kubernetes object carries; everything else is left as JSON. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: KubeMetadata
  [field: string]: unknown
}

export interface KubeMetadata {
  name?: string
  generateName?: string
  namespace?: string
  uid?: string
  resourceVersion?: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: { apiVersion: string; kind: string; name: string; uid: string; controller?: boolean }[]
  managedFields?: { manager?: string; operation?: string; subresource?: string; time?: string; fieldsV1?: OwnedFields }[]
}

/** Names of fields as `f:spec`, of items of a list as `k:{"name":"a"}`; what is empty is owned as a whole. */
export interface OwnedFields {
  [field: string]: OwnedFields
}
