import { readCatalog } from '../runtime/catalog.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'

/** Kuma as far as it is recognised: no action of it is offered yet. */
export const kumaAdapter: MeshAdapter = {
  catalog: readCatalog(new URL('catalog.json', import.meta.url)),
  actions: [],
}
