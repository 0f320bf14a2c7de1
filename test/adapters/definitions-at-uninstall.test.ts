import { expect, it } from 'vitest'
import { consulCharts } from '../../adapters/consul/consul-charts.js'
import type { Call, Scene } from '../../adapters/runtime/mesh-adapter.js'
import { removeFinalizersAction } from '../../adapters/runtime/remove-finalizers-action.js'
import { uninstallAction } from '../../adapters/runtime/uninstall-action.js'
import type { KubeObject } from '../../kube/kube-object.js'

const definition = {
  ...{
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'servicedefaults.consul.hashicorp.com' },
  },
  spec: {
    ...{ group: 'consul.hashicorp.com', scope: 'Namespaced', names: { kind: 'ServiceDefaults', plural: 'servicedefaults' } },
    versions: [{ name: 'v1alpha1', served: true, storage: true }],
  },
} as unknown as KubeObject

const call: Call = {
  action: 'uninstall',
  version: '',
  target: { cluster: 'c', installation: '', namespace: '', revision: '' },
  parameters: { params: { definitions: 'remove' } },
}

/** Plans where the definition and its objects are all that is left of Consul. */
function plan(finalizers: string[]) {
  const object = {
    apiVersion: 'consul.hashicorp.com/v1alpha1',
    kind: 'ServiceDefaults',
    metadata: { name: 'web', namespace: 'shop', finalizers },
  }
  const session = {
    namespaces: [],
    get: async ({ name }: { name: string }) => (name === definition.metadata.name ? definition : undefined),
    list: async ({ kind }: { kind: string }) => (kind === 'ServiceDefaults' ? [object] : []),
    resources: async () => [],
    resource: async () => undefined,
  }
  const scene = { session, releases: { check: async () => [] }, signal: new AbortController().signal, operation: '' } as unknown as Scene
  return uninstallAction(consulCharts).prepare(call, scene)
}

it('definitions whose objects wait for a controller that is gone are not deleted: the way out is named', async () => {
  const { findings } = await plan(['finalizers.consul.hashicorp.com'])
  expect(findings).toMatchObject([
    {
      code: 'finalizers-unanswered',
      message: 'The definitions of Consul would not go: 1 ServiceDefaults (shop/web) would wait for a controller that is not there.',
      remedy: expect.stringContaining(`the action "${removeFinalizersAction(consulCharts.catalog).title}" of Consul`),
    },
  ])
})

it('definitions whose objects wait for nobody of the mesh go', async () => {
  const { findings, steps } = await plan(['example.com/stay'])
  expect(findings).toEqual([])
  expect(steps.map(({ key }) => key)).toEqual(['export-objects', 'delete-definitions'])
})
