import { isSimulated } from '../../contract/cluster.js'
import { defaultScene } from '../../contract/sandbox.js'
import type { KubeConnection } from '../../kube/connection.js'
import type { SecretBox } from '../database/secrets.js'
import { AppError } from '../errors.js'
import { ClusterCredential } from '../kubernetes/cluster-credential.js'
import { connectCluster } from '../kubernetes/connect-cluster.js'
import { loadContext } from '../kubernetes/kubeconfig-contexts.js'
import type { Sandboxes } from '../kubernetes/sandboxes.js'
import type { ClusterRow, ClusterStore } from './cluster-store.js'
import { findCluster } from './find-cluster.js'

/** One connection for each cluster, made when it is first needed. */
export interface ClusterConnections {
  /** Throws `not-found`, `conflict` for a credential that cannot be opened, `invalid-kubeconfig` for a context that is gone. */
  of(clusterId: string): Promise<KubeConnection>
  /** Closes what is open, so that the next use reads the credential anew. */
  forget(clusterId: string): Promise<void>
  close(): Promise<void>
}

/** Where credentials come from: sealed ones from the store, those of contexts from the kubeconfig files. */
export interface ConnectionDeps {
  store: ClusterStore
  secrets: SecretBox
  /** Kubeconfig files of this machine, in kubectl's order. */
  kubeconfigFiles: string[]
  sandboxes: Sandboxes
  proxies: { httpsProxy?: string; noProxy?: string }
}

/** Binds a sealed credential to its row: moved to another cluster it cannot be opened. */
export const credentialPlace = (clusterId: string) => ({ table: 'clusters', column: 'credential', row: clusterId })

/** Dials nothing by itself: a connection is made when somebody asks for it, and a failed one is tried again by the next. */
export function openClusterConnections(deps: ConnectionDeps): ClusterConnections {
  const open = new Map<string, Promise<KubeConnection>>()

  async function forget(clusterId: string): Promise<void> {
    const connection = open.get(clusterId)
    open.delete(clusterId)
    // One that never opened has nothing to close.
    await connection?.then(
      (opened) => opened.close(),
      () => undefined,
    )
  }

  return {
    async of(clusterId) {
      const known = open.get(clusterId)
      if (known) return known
      const connecting = connect(deps, findCluster(deps.store, clusterId))
      open.set(clusterId, connecting)
      connecting.catch(() => open.get(clusterId) === connecting && open.delete(clusterId))
      return connecting
    },
    forget,
    async close() {
      await Promise.all([...open.keys()].map(forget))
    },
  }
}

async function connect(deps: ConnectionDeps, row: ClusterRow): Promise<KubeConnection> {
  if (isSimulated(row)) return deps.sandboxes.connect({ id: row.id, scene: row.scene ?? defaultScene })
  return connectCluster(await credentialOf(deps, row), deps.proxies)
}

async function credentialOf({ secrets, kubeconfigFiles }: ConnectionDeps, row: ClusterRow): Promise<ClusterCredential> {
  if (row.context === null) return ClusterCredential.parse(JSON.parse(secrets.open(row.credential ?? '', credentialPlace(row.id))))
  const credential = await loadContext({ files: kubeconfigFiles, name: row.context })
  if (credential.server === row.server) return credential
  throw new AppError('conflict', `The context "${row.context}" now points to another server.`, {
    cause: `${row.name} was added as ${row.server}; the kubeconfig says ${credential.server}.`,
    remedy: 'If this is right, remove the cluster and add the context again.',
  })
}
