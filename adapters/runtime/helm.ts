import { constants } from 'node:fs'
import { access, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import semver from 'semver'
import { AdapterError } from './adapter-error.js'
import type { ClusterSession } from './cluster-session.js'
import type { AdapterConfig } from './config.js'
import type { HelmProcesses, HelmResult } from './helm-process.js'

/** The helm that was found. */
export interface HelmProgram {
  path: string
  /** `4.3.1`: without the leading v. */
  version: string
}

/** One run of helm against the cluster of a session. */
export interface HelmCall {
  session: ClusterSession
  argv: readonly string[]
  signal: AbortSignal
  onLine?: (line: string, from: 'stdout' | 'stderr') => void
}

/** The only code that runs helm. Every run gets a private home, a kubeconfig with one grant, and no other environment. */
export interface Helm {
  /** Throws `helm-missing` with the exact remedy when there is none, or when it is not helm 4. */
  find(): Promise<HelmProgram>
  run(call: HelmCall): Promise<HelmResult>
}

const versionWithinMs = 20_000

/** Looks for helm at the first call, and again when it went away. */
export function openHelm(config: AdapterConfig, processes: HelmProcesses): Helm {
  let known: HelmProgram | undefined
  const find = async () => {
    if (known !== undefined && (await isProgram(known.path))) return known
    const path = await locate(config)
    const version = await askVersion(path, config, processes)
    if (semver.major(version) !== 4) throw wrongVersion(path, version, config)
    known = { path, version }
    return known
  }
  return {
    find,
    run: async ({ session, argv, signal, onLine }) => {
      const { path } = await find()
      const environment = { ...baseEnvironment(config, session.folder), KUBECONFIG: session.kubeconfig }
      return processes.run({ program: path, argv, environment, signal, ...(onLine ? { onLine } : {}) })
    },
  }
}

/** Writes values into the session's private folder; JSON is YAML, and no value ever stands in an argument. */
export async function writeValues(session: ClusterSession, name: string, values: unknown): Promise<string> {
  const file = join(session.folder, `values-${name}.json`)
  await writeFile(file, JSON.stringify(values), { mode: 0o600 })
  return file
}

async function locate({ helm, searchPath, dataDir }: AdapterConfig): Promise<string> {
  const own = join(dataDir, 'bin', 'helm')
  const candidates = helm
    ? [helm]
    : [
        ...searchPath
          .split(delimiter)
          .filter(Boolean)
          .map((folder) => join(folder, 'helm')),
        own,
      ]
  for (const candidate of candidates) if (await isProgram(candidate)) return candidate
  if (helm) {
    throw new AdapterError('helm-missing', `There is no helm at ${helm}.`, {
      cause: 'MESHWRIGHT_HELM names a file that does not exist or may not be run.',
      remedy: 'Correct MESHWRIGHT_HELM, or unset it to use the helm of your PATH, then plan again.',
    })
  }
  throw new AdapterError('helm-missing', 'helm 4 is needed for this, and there is none on this machine.', {
    cause: `Looked in every folder of PATH and at ${own}.`,
    remedy: `Install helm 4, or put its binary at ${own}, or set MESHWRIGHT_HELM to its path and start Meshwright again. Then plan again.`,
    docs: 'https://helm.sh/docs/intro/install/',
  })
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

async function askVersion(program: string, config: AdapterConfig, processes: HelmProcesses): Promise<string> {
  const { code, stdout, stderr } = await processes.run({
    program,
    argv: ['version', '--template', '{{.Version}}'],
    environment: baseEnvironment(config, config.workDir),
    signal: AbortSignal.timeout(versionWithinMs),
  })
  const version = semver.valid(stdout.trim())
  if (code === 0 && version !== null) return version
  throw new AdapterError('helm-missing', `${program} does not answer as helm does.`, {
    cause: (stderr || stdout).slice(0, 300) || `It ended with code ${code}.`,
    remedy: 'Set MESHWRIGHT_HELM to the path of a helm 4 and start Meshwright again.',
  })
}

function wrongVersion(path: string, version: string, { dataDir }: AdapterConfig): AdapterError {
  return new AdapterError('helm-missing', `helm 4 is needed for this; ${path} is helm ${version}.`, {
    remedy: `Put a helm 4 binary at ${join(dataDir, 'bin', 'helm')} and set MESHWRIGHT_HELM to it, or install helm 4 in your PATH. Then plan again.`,
    docs: 'https://helm.sh/docs/intro/install/',
  })
}

/** Nothing of the user's own helm is seen: no plug-ins, repositories, registries or proxies. */
function baseEnvironment({ searchPath }: AdapterConfig, folder: string): Record<string, string> {
  return {
    PATH: searchPath,
    HOME: folder,
    HELM_CACHE_HOME: join(folder, 'helm', 'cache'),
    HELM_CONFIG_HOME: join(folder, 'helm', 'config'),
    HELM_DATA_HOME: join(folder, 'helm', 'data'),
    HELM_PLUGINS: join(folder, 'helm', 'plugins'),
  }
}
