import { readCatalog } from '../runtime/catalog.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'

/**
 * Linkerd as far as it is recognised: no action of it is offered yet. Its versions are those of its charts, 2026.8.3 for the
 * release edge-26.8.3: charts need numbers that compare, and helm shows the same.
 */
export const linkerdAdapter: MeshAdapter = {
  catalog: readCatalog(new URL('catalog.json', import.meta.url)),
  actions: [],
}
