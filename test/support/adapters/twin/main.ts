import { serveAdapter } from '../../../../adapters/runtime/serve-adapter.js'
import { twinAdapter } from './twin-adapter.js'

await serveAdapter(twinAdapter)
