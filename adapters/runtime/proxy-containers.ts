import type { Catalog } from './catalog.js'

/** Names of the containers that the mesh puts into its members' pods. */
export function proxyContainers({ injectionMarks }: Pick<Catalog, 'injectionMarks'>): ReadonlySet<string> {
  const ofPods = injectionMarks.filter(({ kind, scope, carrier }) => kind === 'injected' && scope === 'pod' && carrier === 'container')
  return new Set(ofPods.map(({ key }) => key))
}
