import { z } from 'zod'

const Flag = z
  .enum(['0', '1'])
  .default('0')
  .transform((value) => value === '1')

const Environment = z.object({
  MESHWRIGHT_ADAPTER_SOCKET: z.string().min(1),
  MESHWRIGHT_ADAPTER_TOKEN: z.string().min(16),
  MESHWRIGHT_ADAPTER_WORK_DIR: z.string().min(1),
  MESHWRIGHT_DATA_DIR: z.string().min(1),
  MESHWRIGHT_HELM: z.string().default(''),
  MESHWRIGHT_CHART_MIRROR: z.string().default(''),
  MESHWRIGHT_OFFLINE: Flag,
  MESHWRIGHT_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  PATH: z.string().default(''),
  HTTPS_PROXY: z.string().default(''),
  NO_PROXY: z.string().default(''),
})

/** What the parent tells an adapter by its environment. */
export interface AdapterConfig {
  socket: string
  token: string
  /** Private 0700 folder: kubeconfigs and helm homes of running operations, and helm.pid. */
  workDir: string
  dataDir: string
  /** Path of helm when the user named one. */
  helm: string
  /** Folder with index.yaml; empty when there is none. */
  chartMirror: string
  /** True: nothing outside of the cluster and this machine is asked. */
  offline: boolean
  logLevel: string
  searchPath: string
  httpsProxy: string
  noProxy: string
}

/** Reads the process environment once; throws one ZodError that names every fault. */
export function readConfig(environment: NodeJS.ProcessEnv = process.env): AdapterConfig {
  const env = Environment.parse({
    ...environment,
    HTTPS_PROXY: environment.HTTPS_PROXY ?? environment.https_proxy,
    NO_PROXY: environment.NO_PROXY ?? environment.no_proxy,
  })
  return {
    socket: env.MESHWRIGHT_ADAPTER_SOCKET,
    token: env.MESHWRIGHT_ADAPTER_TOKEN,
    workDir: env.MESHWRIGHT_ADAPTER_WORK_DIR,
    dataDir: env.MESHWRIGHT_DATA_DIR,
    helm: env.MESHWRIGHT_HELM,
    chartMirror: env.MESHWRIGHT_CHART_MIRROR,
    offline: env.MESHWRIGHT_OFFLINE,
    logLevel: env.MESHWRIGHT_LOG_LEVEL,
    searchPath: env.PATH,
    httpsProxy: env.HTTPS_PROXY,
    noProxy: env.NO_PROXY,
  }
}
