import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { errorFinding } from '../plan-findings.js'
import type { Check } from './check.js'

const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }

/** The definitions of the catalogue are there, and the API server serves them. Schemas are not read: they are megabytes. */
export const definitionsServed: Check = {
  code: 'definitions-served',
  holds: 'Every definition of the mesh is there and served.',
  question: 'the definitions of the mesh are there',
  find: async ({ session, catalog: { customResources } }) => {
    const [definitions, resources] = await Promise.all([session.list(definition, { metadataOnly: true }), session.resources()])
    const present = new Set(definitions.map(({ metadata }) => metadata.name))
    const served = new Set(resources.map(({ plural, group }) => `${plural}.${group}`))
    const missing = customResources.filter((name) => !present.has(name))
    const silent = customResources.filter((name) => present.has(name) && !served.has(name))
    return [
      ...about(missing, {
        code: 'definition-missing',
        message: `${missing.length} of the mesh's ${customResources.length} definitions are missing.`,
        remedy: 'Install the definitions of this version again; what is stored of other kinds is not touched by that.',
      }),
      ...about(silent, {
        code: 'definition-not-served',
        message: `${silent.length} of the mesh's ${customResources.length} definitions are there and not served.`,
        remedy: `\`kubectl get crd ${silent[0]} --output=yaml\` tells in its conditions what it waits for.`,
      }),
    ]
  },
}

/** One finding for all of a kind: what is to be done is the same. */
function about(names: readonly string[], text: { code: string; message: string; remedy: string }): Finding[] {
  if (names.length === 0) return []
  const [name = ''] = names
  const object = names.length === 1 ? { object: { ...definition, namespace: '', name } } : {}
  return [errorFinding({ ...text, ...object, cause: `They are: ${names.join(', ')}.` })]
}
