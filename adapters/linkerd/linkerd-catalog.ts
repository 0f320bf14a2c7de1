import { readCatalog } from '../runtime/catalog.js'

/** Everything that is known of Linkerd as data; read once, checked by the schema. */
export const linkerdCatalog = readCatalog(new URL('catalog.json', import.meta.url))
