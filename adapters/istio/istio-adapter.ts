import { installAction } from '../runtime/install-action.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'
import { uninstallAction } from '../runtime/uninstall-action.js'
import { upgradeAction } from '../runtime/upgrade-action.js'
import { istioCatalog } from './istio-catalog.js'
import { istioCharts } from './istio-charts.js'
import { istioChecks } from './istio-checks.js'

/** Istio with sidecars, by its own charts: definitions, control plane, gateways. */
export const istioAdapter: MeshAdapter = {
  catalog: istioCatalog,
  actions: [installAction(istioCharts), upgradeAction(istioCharts), uninstallAction(istioCharts)],
  checks: istioChecks,
}
