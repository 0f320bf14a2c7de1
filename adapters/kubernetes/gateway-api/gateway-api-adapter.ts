import type { MeshAdapter } from '../../runtime/mesh-adapter.js'
import { gatewayApiCatalog } from './gateway-api-catalog.js'
import { installGatewayApi, upgradeGatewayApi } from './gateway-api-install.js'
import { uninstallGatewayApi } from './gateway-api-uninstall.js'

/** The Gateway API as an installation of its own: definitions that every mesh of a cluster shares, so none of them owns them. */
export const gatewayApiAdapter: MeshAdapter = {
  catalog: gatewayApiCatalog,
  actions: [installGatewayApi, upgradeGatewayApi, uninstallGatewayApi],
}
