import { readCatalog } from '../runtime/catalog.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'

/** Open Service Mesh, archived by its project: recognised, never installed. */
export const osmAdapter: MeshAdapter = {
  catalog: readCatalog(new URL('catalog.json', import.meta.url)),
  actions: [],
}
