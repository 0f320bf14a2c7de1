import { adoptAction } from '../runtime/adopt-action.js'
import { installAction } from '../runtime/install-action.js'
import type { MeshAdapter } from '../runtime/mesh-adapter.js'
import { uninstallAction } from '../runtime/uninstall-action.js'
import { upgradeAction } from '../runtime/upgrade-action.js'
import { linkerdChecks } from './checks/linkerd-checks.js'
import { linkerdCatalog } from './linkerd-catalog.js'
import { linkerdCharts } from './linkerd-charts.js'
import { renewIssuer } from './renew-issuer.js'
import { rotateAnchor } from './rotation/rotate-anchor.js'

/** Linkerd by its own charts. */
export const linkerdAdapter: MeshAdapter = {
  catalog: linkerdCatalog,
  actions: [
    installAction(linkerdCharts),
    upgradeAction(linkerdCharts),
    adoptAction(linkerdCharts),
    uninstallAction(linkerdCharts),
    ...[renewIssuer, rotateAnchor],
  ],
  checks: linkerdChecks,
}
