import { join } from 'node:path'
import type { Logger } from 'pino'
import { type ChartSource, openChartSource } from './chart-source.js'
import type { ClusterSession } from './cluster-session.js'
import type { AdapterConfig } from './config.js'
import { openDownload } from './download.js'
import { openHelm } from './helm.js'
import { openHelmProcesses } from './helm-process.js'
import { helmReleaseTool } from './helm-release-tool.js'
import type { ReleaseTool } from './release-tool.js'
import { simulatedReleaseTool } from './simulated-release-tool.js'

/** What all operations of an adapter process share: tools, never a cluster. */
export interface Workshop {
  readonly workDir: string
  /** Nobody outside of the cluster and this machine is asked. */
  readonly offline: boolean
  /** Packages and lists of charts, of a mirror or of a project's repository. */
  readonly charts: ChartSource
  /** How releases come and go on the cluster of a session. */
  releasesFor(session: ClusterSession): ReleaseTool
  readonly log: Logger
  /** Ends every helm at once. */
  close(): void
}

/** Made once at the start of the process. */
export function openWorkshop(config: AdapterConfig, log: Logger): Workshop {
  const processes = openHelmProcesses(config.workDir)
  const { offline, chartMirror: mirror, dataDir, workDir } = config
  const helm = openHelm(config, processes)
  const charts = openChartSource({ mirror, offline, cacheDir: join(dataDir, 'charts'), download: openDownload(config) })
  const byHelm = helmReleaseTool({ helm, charts })
  return {
    workDir,
    offline,
    charts,
    releasesFor: (session) => (session.simulated ? simulatedReleaseTool(session) : byHelm),
    log,
    close: processes.endAll,
  }
}
