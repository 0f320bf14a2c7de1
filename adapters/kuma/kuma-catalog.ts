import { readCatalog } from '../runtime/catalog.js'

/** Everything that is known of Kuma as data; read once, checked by the schema. */
export const kumaCatalog = readCatalog(new URL('catalog.json', import.meta.url))
