import { readFileSync } from 'node:fs'

const { mesh, title, discoveryRules, injectionMarks } = JSON.parse(readFileSync('adapters/istio/catalog.json', 'utf8'))

/** The part of Istio's description that detection needs, from the adapter's own catalogue. */
export const istioDescription = {
  info: { mesh, title, adapterVersion: 'test', lifecycle: 'LIFECYCLE_ACTIVE', discoveryRules, injectionMarks },
  versions: { versions: [] },
  actions: { actions: [] },
}
