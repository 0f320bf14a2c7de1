import { serveAdapter } from '../runtime/serve-adapter.js'
import { consulAdapter } from './consul-adapter.js'

await serveAdapter(consulAdapter)
