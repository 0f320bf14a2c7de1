import { adoptAction } from '../runtime/adopt-action.js'
import { installAction } from '../runtime/install-action.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'
import { uninstallAction } from '../runtime/uninstall-action.js'
import { upgradeAction } from '../runtime/upgrade-action.js'
import { installAddOnAction } from './add-ons/install-add-on-action.js'
import { removeAddOnAction } from './add-ons/remove-add-on-action.js'
import { istioCatalog } from './istio-catalog.js'
import { istioCharts } from './istio-charts.js'
import { istioChecks } from './istio-checks.js'
import { canaryAction } from './revisions/canary-action.js'
import { retireAction } from './revisions/retire-action.js'
import { tagAction } from './revisions/tag-action.js'

/** Istio by its own charts, with sidecars or ambient: definitions, control plane, what runs on nodes, gateways; its upgrade by revisions, and its add-ons. */
export const istioAdapter: MeshAdapter = {
  catalog: istioCatalog,
  actions: [
    installAction(istioCharts),
    upgradeAction(istioCharts),
    ...[canaryAction, tagAction, retireAction],
    ...[installAddOnAction, removeAddOnAction],
    adoptAction(istioCharts),
    uninstallAction(istioCharts),
  ],
  checks: istioChecks,
}
