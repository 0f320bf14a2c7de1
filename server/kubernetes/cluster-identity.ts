import { readFile } from 'node:fs/promises'
import type { IdentityHeaders } from '../../kube/connection.js'
import { AppError } from '../errors.js'
import type { ClusterCredential } from './cluster-credential.js'
import { runExecPlugin } from './exec-credential.js'

/** What a credential is worth right now, and until when it may be used without looking again. */
export interface ClusterIdentity {
  headers: IdentityHeaders
  certificate?: { cert: string; key: string } | undefined
  ca?: string | undefined
  /** Epoch ms. */
  goodUntil: number
}

// client-go's rule for files that are rotated in place; the shortest service account token lives ten minutes.
const fileGoodForMs = 60_000
// A credential that ends while the request travels is a 401 for nothing.
const expiryMarginMs = 10_000

/** True when looking again may give something new: files and plugins. */
export function isRenewable({ auth, caFile }: ClusterCredential): boolean {
  return caFile !== undefined || auth.kind === 'exec' || auth.kind === 'token-file' || auth.kind === 'certificate-files'
}

/** Reads the files or runs the plugin behind a credential. Throws AppError: cluster-unauthorised or credential-plugin-failed. */
export async function readIdentity(credential: ClusterCredential, options: { pluginTimeoutMs?: number } = {}): Promise<ClusterIdentity> {
  const { caFile } = credential
  const ca = caFile === undefined ? credential.ca : await readSecretFile(caFile, 'certificate-authority')
  const identity = await readAuth({ ...credential, ...(ca === undefined ? {} : { ca }) }, options)
  return {
    ...identity,
    ca,
    goodUntil: Math.min(identity.goodUntil, caFile === undefined ? Number.POSITIVE_INFINITY : Date.now() + fileGoodForMs),
  }
}

async function readAuth(credential: ClusterCredential, { pluginTimeoutMs }: { pluginTimeoutMs?: number }): Promise<ClusterIdentity> {
  const { auth } = credential
  const always = { goodUntil: Number.POSITIVE_INFINITY }
  switch (auth.kind) {
    case 'none':
      return { headers: {}, ...always }
    case 'token':
      return { headers: bearer(auth.token), ...always }
    case 'basic':
      return { headers: { authorization: `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}` }, ...always }
    case 'certificate':
      return { headers: {}, certificate: { cert: auth.cert, key: auth.key }, ...always }
    case 'token-file':
      return { headers: bearer((await readSecretFile(auth.path, 'tokenFile')).trim()), goodUntil: Date.now() + fileGoodForMs }
    case 'certificate-files': {
      const [cert, key] = await Promise.all([readSecretFile(auth.cert, 'client-certificate'), readSecretFile(auth.key, 'client-key')])
      return { headers: {}, certificate: { cert, key }, goodUntil: Date.now() + fileGoodForMs }
    }
    case 'exec': {
      const given = await runExecPlugin(auth, {
        cluster: credential,
        ...(pluginTimeoutMs === undefined ? {} : { timeoutMs: pluginTimeoutMs }),
      })
      return {
        headers: given.token ? bearer(given.token) : {},
        certificate: given.certificate,
        goodUntil: given.expiresAt - expiryMarginMs,
      }
    }
  }
}

function bearer(token: string): IdentityHeaders {
  if (/^[\x21-\x7e]+$/.test(token)) return { authorization: `Bearer ${token}` }
  throw new AppError('cluster-unauthorised', 'The token of this cluster cannot be sent.', {
    cause: 'It is empty, or holds characters that no token has.',
    remedy: 'Renew the token where it comes from, or connect the cluster with another credential.',
  })
}

async function readSecretFile(path: string, field: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new AppError('cluster-unauthorised', `A file that the kubeconfig names cannot be read: ${path}.`, {
      cause: `${field}: ${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'}.`,
      remedy: 'Put the file back or correct its permissions; it is tried again with the next request.',
      from: error,
    })
  })
}
