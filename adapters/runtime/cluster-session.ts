import { setMaxListeners } from 'node:events'
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connectWithToken, type KubeConnection } from '../../kube/connection.js'
import { discoverResources, type KubeResource } from '../../kube/discover-resources.js'
import { KubeError, kubeRequest } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { listObjects } from '../../kube/list-objects.js'
import { collectionPath, findResource, objectPath } from '../../kube/object-paths.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'

/** Names one object; `namespace` is missing for cluster-scoped kinds. */
export interface ObjectKey {
  apiVersion: string
  kind: string
  namespace?: string | undefined
  name: string
}

/** Narrows a list. */
export interface Selection {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** No payload leaves the API server: for Secrets, and for lists of which only the names matter. */
  metadataOnly?: boolean
}

/** One grant in use: the only way of an adapter to a cluster. Whoever opened it closes it. */
export interface ClusterSession extends AsyncDisposable {
  readonly connection: KubeConnection
  /** Empty: the whole cluster. Otherwise the namespaces that the connection may use. */
  readonly namespaces: readonly string[]
  /** Nothing runs there, and its charts are stand-ins. */
  readonly simulated: boolean
  /** Private folder of this session; gone when it closes. */
  readonly folder: string
  /** Kubeconfig in `folder` for helm, 0600, with the grant's token and nothing else. */
  readonly kubeconfig: string
  /** `1.36.3`: without the leading v and vendor suffixes. */
  version(): Promise<string>
  resources(): Promise<readonly KubeResource[]>
  resource(kind: { apiVersion: string; kind: string }): Promise<KubeResource | undefined>
  /** Discovery is kept for the session; call this after CRDs changed. */
  forgetResources(): void
  /** Undefined when the object, its kind or its namespace is not there. */
  get(key: ObjectKey): Promise<KubeObject | undefined>
  /** All objects of a kind in the grant's scope; empty when the cluster does not know the kind. */
  list(kind: { apiVersion: string; kind: string }, selection?: Selection): Promise<KubeObject[]>
  /** The same page by page, for what a cluster has too many of to hold. */
  pages(kind: { apiVersion: string; kind: string }, selection?: Selection): AsyncGenerator<KubeObject[]>
}

/** `signal` ends every request of the session. */
export interface SessionOptions {
  grant: Grant | undefined
  /** Folder of the adapter; the session makes its own in it. */
  workDir: string
  name: string
  signal: AbortSignal
}

/** Dials nothing yet: the first request does. Throws `invalid-request` without a grant. */
export async function openClusterSession({ grant, workDir, name, signal }: SessionOptions): Promise<ClusterSession> {
  if (grant === undefined) throw new AdapterError('invalid-request', 'The call carries no grant, so no cluster can be reached.')
  // Each request on its way listens to it, and objects are judged several at once.
  setMaxListeners(0, signal)
  const connection = connectWithToken({ url: grant.url, ca: grant.caPem, token: grant.token })
  const folder = join(workDir, name)
  const kubeconfig = await writeKubeconfig(folder, grant)
  let resources: Promise<KubeResource[]> | undefined
  const known = () => {
    resources ??= discoverResources(connection, signal)
    return resources
  }

  const resource = async (kind: { apiVersion: string; kind: string }) => findResource(await known(), kind)
  /** One for each namespace that may be read. Items of a typed list carry neither apiVersion nor kind. */
  const lists = (found: KubeResource, selection: Selection) => {
    const scopes = selection.namespace ? [selection.namespace] : found.namespaced && grant.namespaces.length > 0 ? grant.namespaces : ['']
    const { apiVersion, kind } = found
    return scopes.map(async function* (scope) {
      for await (const { items } of listObjects(connection, { path: collectionPath(found, scope), ...selection, signal }))
        yield items.map((item) => ({ ...item, apiVersion, kind }))
    })
  }
  return {
    connection,
    namespaces: grant.namespaces,
    simulated: grant.simulated,
    folder,
    kubeconfig,
    version: async () => {
      const { gitVersion } = await kubeRequest<{ gitVersion: string }>(connection, { path: '/version', signal })
      return gitVersion.replace(/^v/, '').replace(/[-+].*$/, '')
    },
    resources: known,
    resource,
    forgetResources: () => {
      resources = undefined
    },
    get: async (key) => {
      const found = await resource(key)
      if (found === undefined) return undefined
      return undefinedWhenMissing(kubeRequest<KubeObject>(connection, { path: objectPath(found, key), signal }))
    },
    list: async (kind, selection = {}) => {
      const found = await resource(kind)
      const all = found ? await Promise.all(lists(found, selection).map(collect)) : []
      return all.flat()
    },
    pages: async function* (kind, selection = {}) {
      const found = await resource(kind)
      for (const list of found ? lists(found, selection) : []) yield* list
    },
    [Symbol.asyncDispose]: async () => {
      await connection.close()
      await rm(folder, { recursive: true, force: true })
      // What a plan read is garbage now, and an adapter that waits holds none. Not there without --expose-gc.
      setImmediate(() => void globalThis.gc?.())
    },
  }
}

async function collect(pages: AsyncGenerator<KubeObject[]>): Promise<KubeObject[]> {
  const all: KubeObject[] = []
  for await (const page of pages) all.push(...page)
  return all
}

async function undefinedWhenMissing<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
  return answer.catch((error: unknown) => {
    if (error instanceof KubeError && error.status === 404) return undefined
    throw error
  })
}

async function writeKubeconfig(folder: string, { url, caPem, token }: Grant): Promise<string> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await chmod(folder, 0o700)
  const file = join(folder, 'kubeconfig')
  const cluster = { server: url, 'certificate-authority-data': Buffer.from(caPem).toString('base64') }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'broker', cluster }],
    users: [{ name: 'grant', user: { token } }],
    contexts: [{ name: 'grant', context: { cluster: 'broker', user: 'grant' } }],
    'current-context': 'grant',
  }
  await writeFile(file, JSON.stringify(config), { mode: 0o600 })
  return file
}
