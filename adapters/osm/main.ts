import { serveAdapter } from '../runtime/serve-adapter.js'
import { osmAdapter } from './osm-adapter.js'

await serveAdapter(osmAdapter)
