import { serveAdapter } from '../../../../adapters/runtime/serve-adapter.js'
import { exampleAdapter } from './example-adapter.js'

await serveAdapter(exampleAdapter)
