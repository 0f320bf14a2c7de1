import { type JsonMap, listOf, mapOf, textOf } from './json.js'
import type { KubeObject } from './kube-object.js'

export type Subresource = 'status' | 'scale' | 'log' | 'eviction' | 'finalize'

/** One kind as the sandbox serves it. */
export interface ResourceType {
  /** Empty for the core group. */
  group: string
  version: string
  kind: string
  plural: string
  singular: string
  shortNames: readonly string[]
  namespaced: boolean
  subresources: readonly Subresource[]
  /** Fields of an object besides apiVersion, kind and metadata; empty when any are taken. */
  fields: readonly string[]
  /** From a CustomResourceDefinition. */
  custom: boolean
}

export function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group ? `${group}/${version}` : version
}

type Row = [kind: string, plural: string, shortNames: string, fields: string, subresources?: string]

const namespacedRows: Record<string, Row[]> = {
  v1: [
    ['ConfigMap', 'configmaps', 'cm', 'data binaryData immutable'],
    ['Endpoints', 'endpoints', 'ep', 'subsets'],
    ['Event', 'events', 'ev', ''],
    ['LimitRange', 'limitranges', 'limits', 'spec'],
    ['PersistentVolumeClaim', 'persistentvolumeclaims', 'pvc', 'spec status', 'status'],
    ['Pod', 'pods', 'po', 'spec status', 'status log eviction'],
    ['ReplicationController', 'replicationcontrollers', 'rc', 'spec status', 'status scale'],
    ['ResourceQuota', 'resourcequotas', 'quota', 'spec status', 'status'],
    ['Secret', 'secrets', '', 'data stringData type immutable'],
    ['Service', 'services', 'svc', 'spec status', 'status'],
    ['ServiceAccount', 'serviceaccounts', 'sa', 'secrets imagePullSecrets automountServiceAccountToken'],
  ],
  'apps/v1': [
    ['ControllerRevision', 'controllerrevisions', '', 'data revision'],
    ['DaemonSet', 'daemonsets', 'ds', 'spec status', 'status'],
    ['Deployment', 'deployments', 'deploy', 'spec status', 'status scale'],
    ['ReplicaSet', 'replicasets', 'rs', 'spec status', 'status scale'],
    ['StatefulSet', 'statefulsets', 'sts', 'spec status', 'status scale'],
  ],
  'autoscaling/v2': [['HorizontalPodAutoscaler', 'horizontalpodautoscalers', 'hpa', 'spec status', 'status']],
  'batch/v1': [
    ['CronJob', 'cronjobs', 'cj', 'spec status', 'status'],
    ['Job', 'jobs', '', 'spec status', 'status'],
  ],
  'coordination.k8s.io/v1': [['Lease', 'leases', '', 'spec']],
  'discovery.k8s.io/v1': [['EndpointSlice', 'endpointslices', '', 'addressType endpoints ports']],
  'networking.k8s.io/v1': [
    ['Ingress', 'ingresses', 'ing', 'spec status', 'status'],
    ['NetworkPolicy', 'networkpolicies', 'netpol', 'spec'],
  ],
  'policy/v1': [['PodDisruptionBudget', 'poddisruptionbudgets', 'pdb', 'spec status', 'status']],
  'rbac.authorization.k8s.io/v1': [
    ['Role', 'roles', '', 'rules'],
    ['RoleBinding', 'rolebindings', '', 'subjects roleRef'],
  ],
}

const clusterRows: Record<string, Row[]> = {
  v1: [
    ['Namespace', 'namespaces', 'ns', 'spec status', 'status finalize'],
    ['Node', 'nodes', 'no', 'spec status', 'status'],
    ['PersistentVolume', 'persistentvolumes', 'pv', 'spec status', 'status'],
  ],
  'admissionregistration.k8s.io/v1': [
    ['MutatingWebhookConfiguration', 'mutatingwebhookconfigurations', '', 'webhooks'],
    ['ValidatingAdmissionPolicy', 'validatingadmissionpolicies', '', 'spec status', 'status'],
    ['ValidatingAdmissionPolicyBinding', 'validatingadmissionpolicybindings', '', 'spec'],
    ['ValidatingWebhookConfiguration', 'validatingwebhookconfigurations', '', 'webhooks'],
  ],
  'apiextensions.k8s.io/v1': [['CustomResourceDefinition', 'customresourcedefinitions', 'crd crds', 'spec status', 'status']],
  'apiregistration.k8s.io/v1': [['APIService', 'apiservices', '', 'spec status', 'status']],
  'networking.k8s.io/v1': [['IngressClass', 'ingressclasses', '', 'spec']],
  'node.k8s.io/v1': [['RuntimeClass', 'runtimeclasses', '', 'handler overhead scheduling']],
  'rbac.authorization.k8s.io/v1': [
    ['ClusterRole', 'clusterroles', '', 'rules aggregationRule'],
    ['ClusterRoleBinding', 'clusterrolebindings', '', 'subjects roleRef'],
  ],
  'scheduling.k8s.io/v1': [['PriorityClass', 'priorityclasses', 'pc', 'value globalDefault description preemptionPolicy']],
  'storage.k8s.io/v1': [
    ['CSIDriver', 'csidrivers', '', 'spec'],
    [
      'StorageClass',
      'storageclasses',
      'sc',
      'provisioner parameters reclaimPolicy mountOptions allowVolumeExpansion volumeBindingMode allowedTopologies',
    ],
  ],
}

/** What every cluster has, as far as meshes and their charts use it; kinds and short names as Kubernetes 1.36 serves them. */
export const builtInTypes: readonly ResourceType[] = [
  ...Object.entries(namespacedRows).flatMap(([apiVersion, rows]) => rows.map((row) => fromRow(apiVersion, row, true))),
  ...Object.entries(clusterRows).flatMap(([apiVersion, rows]) => rows.map((row) => fromRow(apiVersion, row, false))),
]

function fromRow(apiVersion: string, [kind, plural, shortNames, fields, subresources = '']: Row, namespaced: boolean): ResourceType {
  const slash = apiVersion.indexOf('/')
  const known: readonly Subresource[] = ['status', 'scale', 'log', 'eviction', 'finalize']
  return {
    group: apiVersion.slice(0, Math.max(0, slash)),
    version: apiVersion.slice(slash + 1),
    kind,
    plural,
    singular: kind.toLowerCase(),
    shortNames: words(shortNames),
    namespaced,
    subresources: known.filter((one) => words(subresources).includes(one)),
    fields: words(fields),
    custom: false,
  }
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean)
}

/** What a CustomResourceDefinition adds: one type for each version that it serves. */
export function typesOfDefinition({ spec }: KubeObject): ResourceType[] {
  const definition = mapOf(spec)
  const names = mapOf(definition.names)
  return listOf(definition.versions)
    .map(mapOf)
    .filter(({ served }) => served === true)
    .map((version) => ({
      group: textOf(definition.group),
      version: textOf(version.name),
      kind: textOf(names.kind),
      plural: textOf(names.plural),
      singular: textOf(names.singular) || textOf(names.kind).toLowerCase(),
      shortNames: listOf(names.shortNames).map(textOf),
      namespaced: definition.scope === 'Namespaced',
      subresources: subresourcesOf(mapOf(version.subresources)),
      fields: [],
      custom: true,
    }))
}

function subresourcesOf(map: JsonMap): Subresource[] {
  const known: readonly Subresource[] = ['status', 'scale']
  return known.filter((one) => Object.hasOwn(map, one))
}
