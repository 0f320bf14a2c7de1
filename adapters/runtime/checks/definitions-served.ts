import { errorFinding } from '../plan-findings.js'
import type { Check } from './check.js'

const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }

/** The definitions of the catalogue are there, and the API server serves them. Schemas are not read: they are megabytes. */
export const definitionsServed: Check = {
  code: 'definitions-served',
  holds: 'Every definition of the mesh is there and served.',
  question: 'the definitions of the mesh are there',
  find: async ({ session, catalog }) => {
    const [definitions, resources] = await Promise.all([session.list(definition, { metadataOnly: true }), session.resources()])
    const present = new Set(definitions.map(({ metadata }) => metadata.name))
    const served = new Set(resources.map(({ plural, group }) => `${plural}.${group}`))
    return catalog.customResources.flatMap((name) => {
      const object = { ...definition, namespace: '', name }
      if (!present.has(name)) {
        const remedy = 'Install the definitions of this version again; what is stored of other kinds is not touched by that.'
        return errorFinding({ code: 'definition-missing', message: `The definition ${name} is missing.`, remedy, object })
      }
      if (served.has(name)) return []
      const remedy = `\`kubectl get crd ${name} -o yaml\` tells in its conditions what it waits for.`
      return errorFinding({ code: 'definition-not-served', message: `The API server does not serve ${name}.`, remedy, object })
    })
  },
}
