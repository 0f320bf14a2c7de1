import { readCatalog } from '../../runtime/catalog.js'

/** The bundles that are shipped with us, and how the Gateway API is recognised. */
export const gatewayApiCatalog = readCatalog(new URL('catalog.json', import.meta.url))
