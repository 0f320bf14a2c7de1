import { serveAdapter } from '../runtime/serve-adapter.js'
import { linkerdAdapter } from './linkerd-adapter.js'

await serveAdapter(linkerdAdapter)
