import { readCatalog } from '../runtime/catalog.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'

/**
 * Consul as far as it is recognised: no action of it is offered yet. Its versions are those of its chart, consul-k8s; before 2.0
 * the servers in it have another one.
 */
export const consulAdapter: MeshAdapter = {
  catalog: readCatalog(new URL('catalog.json', import.meta.url)),
  actions: [],
}
