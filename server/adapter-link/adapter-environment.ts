import { dropAbsent } from '../drop-absent.js'

/** What helm and adapters need of the server's own environment; nothing else is passed on, credentials least of all. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']

export interface AdapterSettings {
  dataDir: string
  logLevel: string
  offline: boolean
  helm?: string
  chartMirror?: string
  environment: NodeJS.ProcessEnv
}

/** The environment of an adapter process. */
export function adapterEnvironment({
  dataDir,
  logLevel,
  offline,
  helm,
  chartMirror,
  environment,
}: AdapterSettings): Record<string, string> {
  const own = dropAbsent({
    MESHWRIGHT_DATA_DIR: dataDir,
    MESHWRIGHT_LOG_LEVEL: logLevel,
    MESHWRIGHT_OFFLINE: offline ? '1' : undefined,
    MESHWRIGHT_HELM: helm,
    MESHWRIGHT_CHART_MIRROR: chartMirror,
  })
  const passed = inherited.map((name) => [name, environment[name]] as const).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(passed.map(([name, value]) => [name, value ?? ''])), ...own }
}
