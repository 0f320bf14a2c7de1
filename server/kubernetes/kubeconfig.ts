import { AppError } from '../errors.js'
import type { ClusterCredential } from './cluster-credential.js'
import { credentialFrom, invalid } from './credential-from-kubeconfig.js'
import { type Kubeconfig, type KubeconfigCluster, type KubeconfigUser, readKubeconfig } from './kubeconfig-file.js'

export const maxKubeconfigBytes = 256 * 1024

/**
 * A kubeconfig that somebody sent us. It may only hold data: nothing in it makes the server run a program or read a file.
 * Takes `context`, else the current one, else the only one. Throws AppError invalid-kubeconfig naming field, cause and remedy.
 */
export function parseUploadedKubeconfig(text: string, { context }: { context?: string | undefined } = {}): ClusterCredential {
  if (Buffer.byteLength(text) > maxKubeconfigBytes) {
    throw new AppError('body-too-large', 'The kubeconfig is larger than 256 kB.', {
      remedy: 'Send one context only: `kubectl config view --minify --flatten`.',
    })
  }
  const config = readKubeconfig(text, { isStrict: true })
  const chosen = chooseContext(config, context)
  const cluster = config.clusters.find(({ name }) => name === chosen.cluster)?.cluster
  if (!cluster)
    throw invalid('clusters', 'holds no entry of the name that the context refers to', 'Add the cluster, or choose another context.')
  const user = chosen.user ? config.users.find(({ name }) => name === chosen.user)?.user : {}
  if (!user) throw invalid('users', 'holds no entry of the name that the context refers to', 'Add the user, or choose another context.')
  refuseLocalReferences(cluster, user)
  return credentialFrom({ cluster, user, namespace: chosen.namespace, folder: '/' })
}

function chooseContext(config: Kubeconfig, wanted: string | undefined): Kubeconfig['contexts'][number]['context'] {
  const only = config.contexts.length === 1 ? config.contexts[0]?.name : undefined
  const name = wanted ?? (config['current-context'] || only)
  const names = config.contexts.map((entry) => entry.name).join(', ')
  if (name === undefined) {
    throw invalid('current-context', 'is missing', names ? `Name one of the contexts: ${names}.` : 'The file has no contexts: add one.')
  }
  const found = config.contexts.find((entry) => entry.name === name)
  if (!found) throw invalid('contexts', `holds no context called ${name}`, names ? `It holds: ${names}.` : 'It is empty: add one.')
  return found.context
}

const flatten = 'Put the data itself into the file: `kubectl config view --minify --flatten` does so.'
const ownContext =
  "An uploaded kubeconfig must not make this server run programs. Connect it as a context of this machine's own kubeconfig instead, or use a service account's token."

// Field → what to do instead. Each of them is harmless in one's own file and a weapon in somebody else's.
const forbiddenOfUser = {
  exec: ownContext,
  'auth-provider': ownContext,
  tokenFile: flatten,
  'token-file': flatten,
  'client-certificate': flatten,
  'client-key': flatten,
} as const satisfies Partial<Record<keyof KubeconfigUser, string>>

function refuseLocalReferences(cluster: KubeconfigCluster, user: KubeconfigUser): void {
  if (cluster['certificate-authority'] !== undefined) throw forbidden('certificate-authority', flatten)
  for (const [field, remedy] of Object.entries(forbiddenOfUser)) if (field in user) throw forbidden(field, remedy)
}

function forbidden(field: string, remedy: string): AppError {
  const problem = remedy === flatten ? 'names a file of another machine' : 'would run a program on this server'
  return invalid(field, problem, remedy)
}
