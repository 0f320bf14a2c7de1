import { serveAdapter } from '../../runtime/serve-adapter.js'
import { gatewayApiAdapter } from './gateway-api-adapter.js'

await serveAdapter(gatewayApiAdapter)
