import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { delimiter, dirname, isAbsolute, join } from 'node:path'
import type { KubeconfigContext } from '../../contract/kubeconfig-context.js'
import { AppError } from '../errors.js'
import type { ClusterCredential } from './cluster-credential.js'
import { authMethods, credentialFrom, invalid } from './credential-from-kubeconfig.js'
import { type Kubeconfig, type KubeconfigCluster, type KubeconfigUser, readKubeconfig } from './kubeconfig-file.js'

export interface KubeconfigFiles {
  /** In the order of KUBECONFIG; missing files are skipped, as kubectl does. */
  files: readonly string[]
  /** Where plugins are looked for; the PATH of this process. */
  searchPath?: string | undefined
}

/** All contexts of this machine's kubeconfig files, with what makes one unusable. Dials nothing and runs nothing. */
export async function listContexts({ files, searchPath }: KubeconfigFiles): Promise<KubeconfigContext[]> {
  const { merged, broken } = await mergeFiles(files)
  const contexts = [...merged.contexts].map(([name, entry]) => describeContext(merged, { name, ...entry }, searchPath))
  const problems = broken.map(({ file, error }) => ({
    name: '',
    server: '',
    user: '',
    file,
    current: false,
    credential: 'none' as const,
    usable: false,
    problem: `${error.message} ${error.details.cause ?? ''}`.trim(),
  }))
  return [...(await Promise.all(contexts)), ...problems]
}

/** One context as a credential; it may use plugins and files, because its owner started this server. Throws AppError. */
export async function loadContext({ files, name }: KubeconfigFiles & { name: string }): Promise<ClusterCredential> {
  const { merged, broken } = await mergeFiles(files)
  const found = merged.contexts.get(name)
  if (!found) {
    throw new AppError('not-found', `This machine's kubeconfig has no context called ${name}.`, {
      cause: broken[0]
        ? `${broken[0].file} cannot be read: ${broken[0].error.message}`
        : 'It was renamed or removed, or KUBECONFIG names other files now.',
      remedy: 'List the contexts with `kubectl config get-contexts`.',
    })
  }
  return resolveContext(merged, found.context)
}

type Context = Kubeconfig['contexts'][number]['context']

/** Entries by name with the file that they came from; as in kubectl the first file that has a name wins. */
interface Merged {
  contexts: Map<string, { context: Context; file: string }>
  clusters: Map<string, { cluster: KubeconfigCluster; file: string }>
  users: Map<string, { user: KubeconfigUser; file: string }>
  current: string
}

const maxFileBytes = 8 * 1024 * 1024

async function mergeFiles(files: readonly string[]): Promise<{ merged: Merged; broken: { file: string; error: AppError }[] }> {
  const merged: Merged = { contexts: new Map(), clusters: new Map(), users: new Map(), current: '' }
  const broken: { file: string; error: AppError }[] = []
  for (const file of new Set(files)) {
    const config = await readFileAt(file)
    if (config instanceof AppError) broken.push({ file, error: config })
    else if (config) mergeOne(merged, config, file)
  }
  return { merged, broken }
}

function mergeOne(merged: Merged, config: Kubeconfig, file: string): void {
  merged.current ||= config['current-context'] ?? ''
  for (const { name, context } of config.contexts) if (!merged.contexts.has(name)) merged.contexts.set(name, { context, file })
  for (const { name, cluster } of config.clusters) if (!merged.clusters.has(name)) merged.clusters.set(name, { cluster, file })
  for (const { name, user } of config.users) if (!merged.users.has(name)) merged.users.set(name, { user, file })
}

async function readFileAt(file: string): Promise<Kubeconfig | AppError | undefined> {
  try {
    const { size } = await stat(file)
    if (size > maxFileBytes) throw invalid(file, 'is larger than 8 MB', 'Name a kubeconfig file.')
    return readKubeconfig(await readFile(file, 'utf8'), { isStrict: false })
  } catch (error) {
    if (error instanceof AppError) return error
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    return invalid(file, 'cannot be read', 'Check that it is a file and that the user of this server may read it.')
  }
}

async function describeContext(
  merged: Merged,
  { name, context, file }: { name: string; context: Context; file: string },
  searchPath: string | undefined,
): Promise<KubeconfigContext> {
  const user = merged.users.get(context.user ?? '')?.user ?? {}
  const problem = await findProblem(merged, context, searchPath)
  return {
    name,
    server: merged.clusters.get(context.cluster ?? '')?.cluster.server ?? '',
    user: context.user ?? '',
    ...(context.namespace ? { namespace: context.namespace } : {}),
    file,
    current: name === merged.current,
    credential: credentialKind(user),
    usable: problem === undefined,
    ...(problem === undefined ? {} : { problem }),
  }
}

function credentialKind(user: KubeconfigUser): KubeconfigContext['credential'] {
  const [method = 'none'] = authMethods(user)
  return method === 'token' && (user.tokenFile || user['token-file']) ? 'token-file' : method
}

async function findProblem(merged: Merged, context: Context, searchPath: string | undefined): Promise<string | undefined> {
  try {
    const { auth } = resolveContext(merged, context)
    if (auth.kind !== 'exec' || (await isExecutable(auth.command, searchPath))) return undefined
    return `The credential plugin ${auth.command} is not installed.${auth.installHint ? ` ${auth.installHint}` : ''}`
  } catch (error) {
    if (error instanceof AppError) return `${error.details.cause ?? error.message} ${error.details.remedy ?? ''}`.trim()
    throw error
  }
}

function resolveContext(merged: Merged, context: Context): ClusterCredential {
  const cluster = merged.clusters.get(context.cluster ?? '')
  if (!cluster) throw invalid('clusters', 'holds no entry of the name that the context refers to', 'Add the cluster to the kubeconfig.')
  const user = context.user ? merged.users.get(context.user) : { user: {}, file: cluster.file }
  if (!user) throw invalid('users', 'holds no entry of the name that the context refers to', 'Add the user to the kubeconfig.')
  // Relative paths count from the file that they stand in, and the two may come from different ones.
  const ofUser = credentialFrom({ cluster: cluster.cluster, user: user.user, namespace: context.namespace, folder: dirname(user.file) })
  const { caFile } = credentialFrom({ cluster: cluster.cluster, user: {}, namespace: undefined, folder: dirname(cluster.file) })
  return caFile === undefined ? ofUser : { ...ofUser, caFile }
}

async function isExecutable(command: string, searchPath: string | undefined): Promise<boolean> {
  const places = isAbsolute(command) ? [command] : (searchPath ?? '').split(delimiter).map((folder) => join(folder, command))
  // Without a known PATH we cannot tell, and the plugin's own start will.
  if (!isAbsolute(command) && searchPath === undefined) return true
  const found = await Promise.all(
    places.map((place) =>
      access(place, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
