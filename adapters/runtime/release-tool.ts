import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Arrivals } from './arrivals.js'
import type { ChartSource } from './chart-source.js'
import type { ClusterSession } from './cluster-session.js'
import type { HelmResult } from './helm-process.js'
import type { StepLog } from './mesh-adapter.js'
import type { ReleaseSpec, RenderedChart } from './render-chart.js'

/** A release to bring about or to take away, and how long that may take. */
export interface ReleaseRun {
  session: ClusterSession
  signal: AbortSignal
  log: StepLog
  /** Until everything must be ready, or gone. */
  seconds: number
}

/**
 * Brings releases of charts about and takes them away. Two files stand behind it: helm for real clusters, stand-ins of charts
 * for simulated ones. No mesh asks which.
 */
export interface ReleaseTool {
  readonly charts: ChartSource
  /** What its user must know, and errors when it cannot be used for the revision that is wanted; empty is the default one. */
  check(wanted?: { revision: string }): Promise<Finding[]>
  /** What a chart comes to on this cluster. */
  render(spec: ReleaseSpec, on: { session: ClusterSession; signal: AbortSignal; arrivals: Pick<Arrivals, 'kinds'> }): Promise<RenderedChart>
  /** `upgrade --install --wait`; `operation` is marked on the release's record. */
  install(spec: ReleaseSpec, run: ReleaseRun & { operation: string }): Promise<HelmResult>
  /** To what an earlier revision was. Only where releases have a history: not on a simulated cluster. */
  rollBack(release: { release: string; namespace: string; revision: number }, run: ReleaseRun): Promise<HelmResult>
  /** A release that is not there counts as gone. */
  uninstall(release: { release: string; namespace: string }, run: ReleaseRun): Promise<HelmResult>
}
