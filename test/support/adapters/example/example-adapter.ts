import { applyStep } from '../../../../adapters/runtime/apply-step.js'
import { readCatalog } from '../../../../adapters/runtime/catalog.js'
import type { MeshAdapter } from '../../../../adapters/runtime/mesh-adapter.js'
import { paramsSchema } from '../../../../adapters/runtime/parameters-schema.js'

const catalog = readCatalog(new URL('catalog.json', import.meta.url))

/** The smallest mesh that can be recognised and installed: what adapters/README.md tells, in one file. */
export const exampleAdapter: MeshAdapter = {
  catalog,
  actions: [
    {
      key: 'install',
      title: 'Install Example',
      category: 'install',
      scope: 'cluster',
      ...{ destructive: false, requires: [] },
      parametersSchema: paramsSchema({ greeting: { type: 'string', title: 'Greeting' } }),
      prepare: async ({ target, parameters }, scene) => {
        const metadata = { name: 'example', namespace: target.namespace || catalog.namespace }
        const objects = [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: parameters.params ?? {} }]
        const step = { key: 'settings', title: 'Apply the settings', component: 'controller', objects, force: false }
        const steps = [applyStep(scene, { ...step, equivalent: 'kubectl apply --server-side -f settings.yaml' })]
        return { steps, findings: [], confirmations: [], leftovers: [], inputs: { objects } }
      },
    },
  ],
}
