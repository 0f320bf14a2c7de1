import type { ChartMesh } from '../runtime/chart-mesh.js'
import { kumaCatalog } from './kuma-catalog.js'

/** Kuma by its one chart. Its definitions lie in crds/, so an upgrade brings them in a step of their own. */
export const kumaCharts: ChartMesh = { catalog: kumaCatalog }
