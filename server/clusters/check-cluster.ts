import type { ClusterCheck, ClusterCheckReport } from '../../contract/cluster.js'
import type { KubeConnection } from '../../kube/connection.js'
import { KubeError, kubeRequest } from '../../kube/kube-client.js'
import { reviewIdentity } from '../../kube/review-access.js'
import { AppError } from '../errors.js'
import { explainKubeFailure } from '../kubernetes/kube-problem.js'
import { checkPermissions } from './check-permissions.js'
import type { ClusterDeps } from './cluster-deps.js'
import type { ClusterRow } from './cluster-store.js'

const checkTimeoutMs = 15_000

type Finding = Omit<ClusterCheck, 'check' | 'durationMs'>

/**
 * Looks whether the cluster is reached, who we are there, what we may do and which version it is. What comes after a
 * failure is skipped. Changes nothing in the cluster; never throws for what the cluster answers.
 */
export async function checkCluster(deps: Pick<ClusterDeps, 'connections' | 'now'>, row: ClusterRow): Promise<ClusterCheckReport> {
  const signal = AbortSignal.timeout(checkTimeoutMs)
  const checks: ClusterCheck[] = []
  let connection: KubeConnection | undefined
  let version: string | undefined
  const failed = () => checks.some(({ result }) => result === 'failed')

  async function run(check: ClusterCheck['check'], work: (connection: KubeConnection) => Promise<Finding>): Promise<void> {
    const startedAt = performance.now()
    const finding = connection && !failed() ? await explained(work(connection), row.name) : skipped
    checks.push({ check, ...finding, durationMs: Math.round(performance.now() - startedAt) })
  }

  const opened = await deps.connections.of(row.id).catch((error: unknown) => explainKubeFailure(error, { cluster: row.name }))
  if (opened instanceof AppError) checks.push({ check: 'reach', ...failure(opened), durationMs: 0 })
  else {
    connection = opened
    await run('reach', async (cluster) => {
      version = await readVersion(cluster, signal)
      return { result: 'ok', message: `The API server at ${row.server} answers.` }
    })
  }
  await run('auth', (cluster) => checkIdentity(cluster, signal))
  await run('permissions', (cluster) => checkPermissions(cluster, { scope: row.scope, signal }))
  await run('version', async (cluster) => {
    version ??= await readVersion(cluster, signal)
    return version === undefined
      ? { result: 'warning', message: 'The cluster does not tell its version.', cause: '/version is not open to this credential.' }
      : { result: 'ok', message: `Kubernetes ${version}.` }
  })
  return { cluster: row.id, ok: !failed(), checks, checkedAt: new Date(deps.now()).toISOString() }
}

const skipped: Finding = { result: 'skipped', message: 'Not looked at, because of the failure before.' }

/** A refusal (401, 403) is an answer too: then the cluster is reached, and the version stays unknown. */
async function readVersion(connection: KubeConnection, signal: AbortSignal): Promise<string | undefined> {
  try {
    const { gitVersion } = await kubeRequest<{ gitVersion?: string }>(connection, { path: '/version', signal })
    return gitVersion
  } catch (error) {
    if (error instanceof KubeError && (error.status === 401 || error.status === 403)) return undefined
    throw error
  }
}

async function checkIdentity(connection: KubeConnection, signal: AbortSignal): Promise<Finding> {
  try {
    const { username, groups } = await reviewIdentity(connection, signal)
    if (username === 'system:anonymous') return anonymous
    return { result: 'ok', message: `Signed in as ${username}${groups.length > 0 ? ` (${groups.join(', ')})` : ''}.` }
  } catch (error) {
    // Older clusters have no SelfSubjectReview; then the next check shows whether the credential is good.
    if (error instanceof KubeError && error.status === 404) return { result: 'ok', message: 'The credential is accepted.' }
    throw error
  }
}

const anonymous: Finding = {
  result: 'failed',
  message: 'The cluster takes us for nobody.',
  cause: 'The kubeconfig holds no credential that it knows; we are system:anonymous.',
  remedy: 'Connect the cluster with a kubeconfig that holds a token, a certificate or a credential plugin.',
}

async function explained(work: Promise<Finding>, cluster: string): Promise<Finding> {
  return work.catch((error: unknown) => failure(explainKubeFailure(error, { cluster })))
}

function failure({ message, details: { cause, remedy } }: AppError): Finding {
  return { result: 'failed', message, ...(cause === undefined ? {} : { cause }), ...(remedy === undefined ? {} : { remedy }) }
}
