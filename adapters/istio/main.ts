import { serveAdapter } from '../runtime/serve-adapter.js'
import { istioAdapter } from './istio-adapter.js'

await serveAdapter(istioAdapter)
