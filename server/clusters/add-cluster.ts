import { isSimulated, type NewCluster } from '../../contract/cluster.js'
import { defaultScene, type SceneName } from '../../contract/sandbox.js'
import { newId } from '../database/new-id.js'
import { AppError } from '../errors.js'
import { parseUploadedKubeconfig } from '../kubernetes/kubeconfig.js'
import { loadContext } from '../kubernetes/kubeconfig-contexts.js'
import { credentialPlace } from './cluster-connections.js'
import type { ClusterDeps } from './cluster-deps.js'
import type { ClusterRow, NewClusterRow } from './cluster-store.js'

/** Reads the credential that a call names, without dialling; an uploaded one is sealed, of a context only the name is kept. */
export async function prepareCluster(deps: ClusterDeps, input: NewCluster): Promise<NewClusterRow> {
  const now = deps.now()
  const id = newId(now)
  const credential = await credentialColumns(deps, id, input)
  return { id, name: input.name, scope: input.scope ?? 'cluster', createdAt: now, updatedAt: now, ...credential }
}

/** Stores a cluster with its event. Nothing is stored when it throws `conflict`. */
export function addCluster(deps: ClusterDeps, row: NewClusterRow): ClusterRow {
  return deps.events.change((append) => {
    refuseTwin(deps, row)
    if (isSimulated(row)) refuseCrowd(deps)
    // First the row: its event is marked by what it says.
    const added = deps.store.insert(row)
    const { id, name } = added
    append({ kind: 'cluster.added', level: 'info', cluster: id, subject: id, message: `${name} was added.`, data: { name } })
    return added
  })
}

type CredentialColumns = Pick<NewClusterRow, 'server' | 'source' | 'context' | 'credential' | 'scene'>

function credentialColumns(deps: ClusterDeps, id: string, input: NewCluster): CredentialColumns | Promise<CredentialColumns> {
  if ('kubeconfig' in input) return fromUpload(deps, id, input)
  return 'sandbox' in input ? fromSandbox(input) : fromContext(deps, input)
}

/** A simulated cluster has no address of its own: it is a process of this server, and listens on another port each time. */
function fromSandbox({ sandbox }: { sandbox: true | { scene: SceneName } }): CredentialColumns {
  return { server: 'simulated', source: 'sandbox', scene: sandbox === true ? defaultScene : sandbox.scene }
}

/** Each is a process with some 80 MiB. */
const mostSandboxes = 5

function refuseCrowd({ store }: ClusterDeps): void {
  if (store.list().filter(isSimulated).length < mostSandboxes) return
  throw new AppError('conflict', `There are ${mostSandboxes} simulated clusters already.`, {
    remedy: 'Reset one of them with another scene, or remove one first.',
  })
}

function fromUpload({ secrets }: ClusterDeps, id: string, input: { kubeconfig: string; context?: string }): CredentialColumns {
  const credential = parseUploadedKubeconfig(input.kubeconfig, { context: input.context })
  return { server: credential.server, source: 'upload', credential: secrets.seal(JSON.stringify(credential), credentialPlace(id)) }
}

async function fromContext({ kubeconfigFiles }: ClusterDeps, { contextRef }: { contextRef: string }): Promise<CredentialColumns> {
  const { server } = await loadContext({ files: kubeconfigFiles, name: contextRef })
  return { server, source: 'context', context: contextRef }
}

function refuseTwin({ store }: ClusterDeps, { name, context }: NewClusterRow): void {
  const twin = store.findTwin({ name, context: context ?? undefined })
  if (!twin) return
  throw twin.name === name
    ? new AppError('conflict', `There is already a cluster called "${name}".`, { remedy: 'Choose another name.' })
    : new AppError('conflict', `The context "${context}" is already connected, as "${twin.name}".`, {
        remedy: `Use "${twin.name}", or remove it first.`,
      })
}
