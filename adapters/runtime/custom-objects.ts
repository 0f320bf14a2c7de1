import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from './cluster-session.js'
import { readDefinition } from './custom-definition.js'
import { mapAtOnce } from './map-at-once.js'
import { someNames } from './some-names.js'

/** The objects of one definition's kind, in all namespaces; metadata only. */
export interface CustomObjects {
  kind: string
  objects: KubeObject[]
}

const listedAtOnce = 4

/** What would go with these definitions. */
export async function findCustomObjects(session: ClusterSession, definitions: readonly KubeObject[]): Promise<CustomObjects[]> {
  return mapAtOnce(listedAtOnce, definitions, async (definition) => {
    const { kind, read } = readDefinition(definition)
    return { kind, objects: await session.list(read, { metadataOnly: true }) }
  })
}

/** `2 HTTPRoute (shop/cart, shop/web), 1 Gateway (edge/main)`: counts per kind, names up to a limit; kinds without objects are left out. */
export function describeObjects(found: readonly CustomObjects[]): string {
  return found
    .filter(({ objects }) => objects.length > 0)
    .map(({ kind, objects }) => {
      const names = objects.map(({ metadata: { namespace, name } }) => (namespace ? `${namespace}/${name}` : `${name}`))
      return `${objects.length} ${kind} (${someNames(names, 10)})`
    })
    .join(', ')
}
