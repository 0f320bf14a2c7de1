import type { MeshAdapter } from '../runtime/mesh-adapter.js'
import { istioCatalog } from './istio-catalog.js'
import { installIstio } from './istio-install.js'
import { uninstallIstio } from './istio-uninstall.js'

/** Istio with sidecars, by its own charts: definitions, control plane, gateways. */
export const istioAdapter: MeshAdapter = {
  catalog: istioCatalog,
  actions: [installIstio, uninstallIstio],
}
