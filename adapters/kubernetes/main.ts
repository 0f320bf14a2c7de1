import { serveAdapter } from '../runtime/serve-adapter.js'
import { kubernetesAdapter } from './kubernetes-adapter.js'

await serveAdapter(kubernetesAdapter)
