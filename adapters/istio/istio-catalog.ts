import { readCatalog } from '../runtime/catalog.js'

/** Everything that is known of Istio as data; read once, checked by the schema. */
export const istioCatalog = readCatalog(new URL('catalog.json', import.meta.url))
