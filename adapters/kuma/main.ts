import { serveAdapter } from '../runtime/serve-adapter.js'
import { kumaAdapter } from './kuma-adapter.js'

await serveAdapter(kumaAdapter)
