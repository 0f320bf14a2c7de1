import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { AppError } from '../errors.js'
import { type AdapterClient, openAdapterClient } from './adapter-client.js'
import { type MeshDescription, readDescriptions } from './adapter-descriptions.js'
import type { AdapterProcess } from './adapter-process.js'
import { type AdapterStatus, type AdapterSupervisor, superviseAdapter } from './adapter-supervisor.js'

export interface RegistryOptions {
  adaptersDir: string
  dataDir: string
  /** Folder for sockets: XDG_RUNTIME_DIR or the temporary folder, because a socket path may have 107 bytes. */
  runtimeDir: string
  /** What an adapter process sees of the environment; no credential of a cluster is in it. */
  environment: Record<string, string>
  log: Logger
  onState: (mesh: string, status: AdapterStatus) => void
}

/** All adapters of this build: what they are, how they are, and the way to call them. */
export interface AdapterRegistry {
  descriptions(): MeshDescription[]
  /** Throws `not-found` for a mesh that no adapter serves. */
  description(mesh: string): MeshDescription
  status(mesh: string): AdapterStatus
  /** A client of the running process; starts it when needed. */
  connect(mesh: string): Promise<AdapterClient>
  /** A client of the process that runs now; undefined when none does. */
  connected(mesh: string): AdapterClient | undefined
  hold(mesh: string): () => void
  /** Has the adapter read its chart repository anew; what it finds is in `description` from then on, until the server ends. */
  refreshVersions(mesh: string): Promise<void>
  close(): Promise<void>
}

export async function openAdapterRegistry(options: RegistryOptions): Promise<AdapterRegistry> {
  const socketDir = await mkdtemp(join(options.runtimeDir, 'mw-'))
  await chmod(socketDir, 0o700)
  const bundled = await readDescriptions(options.adaptersDir)
  const descriptions = new Map(bundled.map((description) => [description.mesh, description]))
  const supervisors = new Map(bundled.map((description) => [description.mesh, supervise(description, socketDir, options)]))
  const clients = new Map<AdapterProcess, AdapterClient>()

  const supervisor = (mesh: string) => supervisors.get(mesh) ?? unknownMesh(mesh)
  const clientOf = (mesh: string, adapter: AdapterProcess) => {
    const known = clients.get(adapter)
    if (known !== undefined) return known
    const client = openAdapterClient(mesh, adapter)
    clients.set(adapter, client)
    void adapter.ended.then(() => {
      clients.delete(adapter)
      client.close()
    })
    return client
  }

  const connect = async (mesh: string) => clientOf(mesh, await supervisor(mesh).ensure())
  const description = (mesh: string) => descriptions.get(mesh) ?? unknownMesh(mesh)

  return {
    descriptions: () => [...descriptions.values()],
    description,
    status: (mesh) => supervisor(mesh).status(),
    connect,
    connected: (mesh) => {
      const adapter = supervisor(mesh).current()
      return adapter && clientOf(mesh, adapter)
    },
    hold: (mesh) => supervisor(mesh).hold(),
    refreshVersions: async (mesh) => {
      const { versions } = await (await connect(mesh)).refreshVersions()
      descriptions.set(mesh, { ...description(mesh), versions })
    },
    close: async () => {
      await Promise.all([...supervisors.values()].map((each) => each.stop()))
      await rm(socketDir, { recursive: true, force: true })
    },
  }
}

function supervise(description: MeshDescription, socketDir: string, options: RegistryOptions): AdapterSupervisor {
  const { mesh, mainFile } = description
  return superviseAdapter({
    mesh,
    mainFile,
    socketDir,
    workDir: join(options.dataDir, 'adapters', mesh),
    environment: options.environment,
    log: options.log,
    onState: (status) => options.onState(mesh, status),
  })
}

function unknownMesh(mesh: string): never {
  throw new AppError('not-found', `There is no adapter for "${mesh}".`, {
    remedy: 'GET /api/v1/meshes lists the meshes that this server knows.',
  })
}
