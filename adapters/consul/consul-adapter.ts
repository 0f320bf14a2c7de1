import { adoptAction } from '../runtime/adopt-action.js'
import { installAction } from '../runtime/install-action.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'
import { uninstallAction } from '../runtime/uninstall-action.js'
import { upgradeAction } from '../runtime/upgrade-action.js'
import { consulCatalog } from './consul-catalog.js'
import { consulCharts } from './consul-charts.js'
import { consulChecks } from './consul-checks.js'

/** Consul by its own charts. */
export const consulAdapter: MeshAdapter = {
  catalog: consulCatalog,
  actions: [installAction(consulCharts), upgradeAction(consulCharts), adoptAction(consulCharts), uninstallAction(consulCharts)],
  checks: consulChecks,
}
