import { expect, it } from 'vitest'
import type { ContractClient } from './contract-client.js'
import { configMap, deployment } from './objects.js'

const type = 'application/merge-patch+json'
const rbac = 'rbac.authorization.k8s.io'
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'web' }, stringData: { a: '1' } }
const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }] } }
const binding = {
  ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata: { name: 'web' } },
  roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
}
const job = {
  ...{ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'web' } },
  spec: { suspend: true, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'web', image: 'web:1' }] } } },
}
const daemonSet = () => {
  const { replicas: _none, ...spec } = deployment('web').spec
  return { ...deployment('web'), kind: 'DaemonSet', spec }
}
const otherSelector = { spec: { selector: { matchLabels: { more: 'x' } }, template: { metadata: { labels: { more: 'x' } } } } }

interface Change {
  what: string
  /** Path of the collection below /api or /apis, with `*` for the namespace. */
  at: string
  object: object
  patch: object
  field: string
}

const refused: Change[] = [
  { what: 'Deployment', at: '/apis/apps/v1/*/deployments', object: deployment('web'), patch: otherSelector, field: 'spec.selector' },
  {
    ...{ what: 'ReplicaSet', at: '/apis/apps/v1/*/replicasets', object: { ...deployment('web'), kind: 'ReplicaSet' } },
    ...{ patch: otherSelector, field: 'spec.selector' },
  },
  { what: 'DaemonSet', at: '/apis/apps/v1/*/daemonsets', object: daemonSet(), patch: otherSelector, field: 'spec.selector' },
  {
    ...{
      what: 'StatefulSet',
      at: '/apis/apps/v1/*/statefulsets',
      object: { ...deployment('web', { serviceName: 'web' }), kind: 'StatefulSet' },
    },
    ...{ patch: { spec: { serviceName: 'other' } }, field: 'spec' },
  },
  { what: 'Job', at: '/apis/batch/v1/*/jobs', object: job, patch: { spec: { completions: 3 } }, field: 'spec.completions' },
  { what: 'Secret', at: '/api/v1/*/secrets', object: secret, patch: { type: 'other' }, field: 'type' },
  {
    ...{ what: 'sealed Secret', at: '/api/v1/*/secrets', object: { ...secret, immutable: true } },
    ...{ patch: { data: { a: 'Mg==' } }, field: 'data' },
  },
  {
    ...{ what: 'sealed ConfigMap', at: '/api/v1/*/configmaps', object: { ...configMap('web'), immutable: true } },
    ...{ patch: { data: { a: '2' } }, field: 'data' },
  },
  {
    ...{ what: 'sealed ConfigMap, by its seal', at: '/api/v1/*/configmaps', object: { ...configMap('web'), immutable: true } },
    ...{ patch: { immutable: false }, field: 'immutable' },
  },
  {
    what: 'Service',
    at: '/api/v1/*/services',
    object: service,
    patch: { spec: { clusterIP: '10.96.200.200' } },
    field: 'spec.clusterIPs[0]',
  },
  { what: 'RoleBinding', at: `/apis/${rbac}/v1/*/rolebindings`, object: binding, patch: { roleRef: { name: 'writer' } }, field: 'roleRef' },
]

/** What an object keeps for as long as it lives. */
export function immutability(api: () => ContractClient): void {
  it.each(refused)('refuses a change of $field of a $what, and takes one of its labels', async ({ at, object, patch, field }) => {
    const path = at.replace('*', `namespaces/${await api().namespace()}`)
    expect((await api().create(path, object)).status).toBe(201)
    const { status, body } = await api().ask('PATCH', `${path}/web`, { body: patch, type })
    expect(status).toBe(422)
    expect(body).toMatchObject({ reason: 'Invalid', details: { name: 'web', causes: [{ field }] } })
    expect((await api().ask('PATCH', `${path}/web`, { body: { metadata: { labels: { more: 'x' } } }, type })).status).toBe(200)
  })

  it('refuses an update that would be refused as a new object', async () => {
    const path = `/apis/apps/v1/namespaces/${await api().namespace()}/deployments`
    await api().create(path, deployment('web'))
    const body = { spec: { template: { metadata: { labels: { app: 'other' } } } } }
    const answer = await api().ask('PATCH', `${path}/web`, { body, type })
    expect(answer.status).toBe(422)
    expect(answer.body.details.causes[0].field).toBe('spec.template.metadata.labels')
  })

  it('takes no new finalizer for an object that is being deleted', async () => {
    const path = `/api/v1/namespaces/${await api().namespace()}/configmaps`
    await api().create(path, configMap('web', {}, { finalizers: ['contract/hold'] }))
    await api().ask('DELETE', `${path}/web`)
    const hold = (finalizers: string[] | null) => api().ask('PATCH', `${path}/web`, { body: { metadata: { finalizers } }, type })
    const { status, body } = await hold(['contract/hold', 'contract/more'])
    expect(status).toBe(422)
    expect(body.details.causes[0].field).toBe('metadata.finalizers')
    expect((await hold(null)).status).toBe(200)
  })

  it.each([
    ['v1', 'configmaps', configMap('web'), undefined],
    ['v1', 'services', service, undefined],
    ['coordination.k8s.io/v1', 'leases', { kind: 'Lease', metadata: { name: 'web' }, spec: {} }, undefined],
    [`${rbac}/v1`, 'roles', { kind: 'Role', metadata: { name: 'web' }, rules: [] }, undefined],
    [`${rbac}/v1`, 'rolebindings', binding, undefined],
    ['autoscaling/v2', 'horizontalpodautoscalers', scaler(), undefined],
    ['apps/v1', 'controllerrevisions', { kind: 'ControllerRevision', metadata: { name: 'web' }, revision: 1, data: {} }, undefined],
    ['apps/v1', 'daemonsets', daemonSet(), 1],
    ['batch/v1', 'jobs', job, 1],
    ['discovery.k8s.io/v1', 'endpointslices', { kind: 'EndpointSlice', metadata: { name: 'web' }, addressType: 'IPv4', endpoints: [] }, 1],
    ['networking.k8s.io/v1', 'networkpolicies', { kind: 'NetworkPolicy', metadata: { name: 'web' }, spec: { podSelector: {} } }, 1],
    ['policy/v1', 'poddisruptionbudgets', { kind: 'PodDisruptionBudget', metadata: { name: 'web' }, spec: { minAvailable: 1 } }, 1],
  ])('counts the generations of some kinds only: %s %s', async (version, plural, object, generation) => {
    const path = `${version === 'v1' ? '/api' : '/apis'}/${version}/namespaces/${await api().namespace()}/${plural}`
    const { status, body } = await api().create(path, { apiVersion: version, ...object })
    expect(status).toBe(201)
    expect(body.metadata.generation).toBe(generation)
  })

  it.each([
    [`${rbac}/v1`, 'clusterroles', { kind: 'ClusterRole', rules: [] }, undefined],
    ['storage.k8s.io/v1', 'storageclasses', { kind: 'StorageClass', provisioner: 'contract.example.com/none' }, undefined],
    ['node.k8s.io/v1', 'runtimeclasses', { kind: 'RuntimeClass', handler: 'none' }, undefined],
    ['scheduling.k8s.io/v1', 'priorityclasses', { kind: 'PriorityClass', value: 1 }, 1],
    ['networking.k8s.io/v1', 'ingressclasses', { kind: 'IngressClass', spec: { controller: 'contract.example.com/none' } }, 1],
    ['admissionregistration.k8s.io/v1', 'mutatingwebhookconfigurations', { kind: 'MutatingWebhookConfiguration', webhooks: [] }, 1],
  ])('counts the generations of some cluster-wide kinds only: %s %s', async (version, plural, object, generation) => {
    const { status, body } = await api().create(`/apis/${version}/${plural}?dryRun=All`, {
      ...{ apiVersion: version, metadata: { name: 'contract-generation' } },
      ...object,
    })
    expect(status).toBe(201)
    expect(body.metadata.generation).toBe(generation)
  })
}

function scaler() {
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }
  return { kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec: { maxReplicas: 2, scaleTargetRef } }
}
