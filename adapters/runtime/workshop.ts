import { join } from 'node:path'
import type { Logger } from 'pino'
import { type ChartSource, openChartSource } from './chart-source.js'
import type { AdapterConfig } from './config.js'
import { openDownload } from './download.js'
import { type Helm, openHelm } from './helm.js'
import { openHelmProcesses } from './helm-process.js'

/** What all operations of an adapter process share: tools, never a cluster. */
export interface Workshop {
  readonly workDir: string
  readonly helm: Helm
  readonly charts: ChartSource
  readonly log: Logger
  /** Ends every helm at once. */
  close(): void
}

/** Made once at the start of the process. */
export function openWorkshop(config: AdapterConfig, log: Logger): Workshop {
  const processes = openHelmProcesses(config.workDir)
  const { offline, chartMirror: mirror, dataDir, workDir } = config
  return {
    workDir,
    helm: openHelm(config, processes),
    charts: openChartSource({ mirror, offline, cacheDir: join(dataDir, 'charts'), download: openDownload(config) }),
    log,
    close: processes.endAll,
  }
}
