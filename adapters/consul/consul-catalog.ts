import { readCatalog } from '../runtime/catalog.js'

/** Everything that is known of Consul as data; read once, checked by the schema. */
export const consulCatalog = readCatalog(new URL('catalog.json', import.meta.url))
