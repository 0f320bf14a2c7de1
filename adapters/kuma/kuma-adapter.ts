import { adoptAction } from '../runtime/adopt-action.js'
import { installAction } from '../runtime/install-action.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'
import { uninstallAction } from '../runtime/uninstall-action.js'
import { upgradeAction } from '../runtime/upgrade-action.js'
import { kumaCatalog } from './kuma-catalog.js'
import { kumaCharts } from './kuma-charts.js'
import { kumaChecks } from './kuma-checks.js'

/** Kuma by its own charts. */
export const kumaAdapter: MeshAdapter = {
  catalog: kumaCatalog,
  actions: [installAction(kumaCharts), upgradeAction(kumaCharts), adoptAction(kumaCharts), uninstallAction(kumaCharts)],
  checks: kumaChecks,
}
