import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { AppError } from '../errors.js'
import type { ClusterCredential } from './cluster-credential.js'
import { Impersonation } from './impersonation.js'
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig-file.js'

export interface KubeconfigEntry {
  cluster: KubeconfigCluster
  user: KubeconfigUser
  namespace: string | undefined
  /** Folder that relative paths count from; the entry was checked before when it may not name files. */
  folder: string
}

/** One context's cluster and user as a credential. Throws AppError invalid-kubeconfig that names the field. */
export function credentialFrom({ cluster, user, namespace, folder }: KubeconfigEntry): ClusterCredential {
  const server = readServer(cluster)
  const auth = readAuth(user, cluster, folder)
  refuseClearText(server, auth)
  const skipsVerify = cluster['insecure-skip-tls-verify'] === true
  const caData = cluster['certificate-authority-data']
  const caFile = cluster['certificate-authority']
  if (skipsVerify && (caData || caFile)) {
    throw invalid('certificate-authority-data', 'stands beside insecure-skip-tls-verify: true', 'Keep one of the two.')
  }
  const impersonate = readImpersonation(user)
  return {
    server,
    ...(caData ? { ca: readCertificates('certificate-authority-data', caData) } : {}),
    ...(!caData && caFile ? { caFile: resolve(folder, caFile) } : {}),
    ...(skipsVerify ? { insecureSkipTlsVerify: true } : {}),
    ...(cluster['tls-server-name'] ? { tlsServerName: cluster['tls-server-name'] } : {}),
    ...(cluster['proxy-url'] ? { proxyUrl: readProxy(cluster['proxy-url']) } : {}),
    ...(namespace ? { namespace } : {}),
    ...(impersonate ? { impersonate } : {}),
    auth,
  }
}

/** What is wrong with one field, and what to do. `problem` must never hold a value. */
export function invalid(field: string, problem: string, remedy: string): AppError {
  return invalidBecause(undefined, { field, problem, remedy })
}

function invalidBecause(from: unknown, { field, problem, remedy }: { field: string; problem: string; remedy: string }): AppError {
  return new AppError('invalid-kubeconfig', 'The kubeconfig cannot be used.', {
    cause: `${field} ${problem}.`,
    remedy,
    errors: [{ pointer: `/${field}`, message: problem }],
    from,
  })
}

function readServer({ server }: KubeconfigCluster): string {
  if (!server) throw invalid('server', 'is missing', 'Write the address of the API server, such as https://203.0.113.10:6443.')
  if (!URL.canParse(server)) throw invalid('server', 'is no URL', 'Write it with its scheme, such as https://203.0.113.10:6443.')
  const url = new URL(server)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid('server', 'is neither https nor http', 'Use the https address.')
  if (url.username || url.password) throw invalid('server', 'holds a user name or password', 'Put credentials into the users entry.')
  if (url.search || url.hash) throw invalid('server', 'holds a query or a fragment', 'Keep only scheme, host, port and path.')
  return url.href.replace(/\/+$/, '')
}

// kubectl proxy listens on plain loopback HTTP; anywhere else a credential would travel readable.
function refuseClearText(server: string, auth: ClusterCredential['auth']): void {
  const { protocol, hostname } = new URL(server)
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || (isIP(hostname) === 4 && hostname.startsWith('127.'))
  if (protocol === 'http:' && auth.kind !== 'none' && !isLoopback) {
    throw invalid('server', 'uses http, which would send the credential readable', 'Use the https address of the API server.')
  }
}

function readProxy(proxyUrl: string): string {
  const protocol = URL.canParse(proxyUrl) ? new URL(proxyUrl).protocol : ''
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw invalid('proxy-url', 'is no http or https URL (socks5 is not supported)', 'Name an HTTP proxy that allows CONNECT.')
  }
  return proxyUrl
}

function readImpersonation(user: KubeconfigUser): Impersonation | undefined {
  const { as: name, 'as-uid': uid, 'as-groups': groups, 'as-user-extra': extra } = user
  if (name === undefined && !uid && !groups?.length && !extra) return undefined
  const parsed = Impersonation.safeParse({
    user: name ?? '',
    ...(groups?.length ? { groups } : {}),
    ...(uid ? { uid } : {}),
    ...(extra ? { extra } : {}),
  })
  if (parsed.success) return parsed.data
  throw invalid('as', 'names nobody, or holds text that no header can carry', 'Name the user to act as, or remove the as-… fields.')
}

function readAuth(user: KubeconfigUser, cluster: KubeconfigCluster, folder: string): ClusterCredential['auth'] {
  const methods = authMethods(user)
  if (methods.length > 1) {
    throw invalid('user', `holds several kinds of credential (${methods.join(', ')})`, 'Keep the one that the cluster expects.')
  }
  switch (methods[0]) {
    case 'certificate':
      return readCertificate(user, folder)
    case 'token':
      return readToken(user, folder)
    case 'exec':
      return readExec(user, cluster, folder)
    case 'basic':
      return { kind: 'basic', username: user.username ?? '', password: user.password ?? '' }
    case 'auth-provider':
      throw invalid(
        'auth-provider',
        'is no longer supported by Kubernetes (removed in 1.26)',
        'Use the exec plugin of your provider instead.',
      )
    default:
      return { kind: 'none' }
  }
}

/** The kinds of credential that a user entry holds, in the words of its fields. */
export function authMethods(user: KubeconfigUser): ('certificate' | 'token' | 'exec' | 'basic' | 'auth-provider')[] {
  return [
    ...(user['client-certificate-data'] || user['client-certificate'] || user['client-key-data'] || user['client-key']
      ? ['certificate' as const]
      : []),
    ...(user.token || user.tokenFile || user['token-file'] ? ['token' as const] : []),
    ...(user.exec ? ['exec' as const] : []),
    ...(user.username || user.password ? ['basic' as const] : []),
    ...(user['auth-provider'] ? ['auth-provider' as const] : []),
  ]
}

function readCertificate(user: KubeconfigUser, folder: string): ClusterCredential['auth'] {
  const { 'client-certificate-data': certData, 'client-key-data': keyData, 'client-certificate': certFile, 'client-key': keyFile } = user
  if (certData && keyData) {
    const cert = readCertificates('client-certificate-data', certData)
    return { kind: 'certificate', cert, key: readKey(keyData, cert) }
  }
  if (certFile && keyFile) return { kind: 'certificate-files', cert: resolve(folder, certFile), key: resolve(folder, keyFile) }
  throw invalid('client-key-data', 'and client-certificate-data do not come as a pair', 'Give both, of the same certificate.')
}

function readToken(user: KubeconfigUser, folder: string): ClusterCredential['auth'] {
  const file = user.tokenFile ?? user['token-file']
  // As kubectl: the file wins, because it is what gets rotated.
  if (file) return { kind: 'token-file', path: resolve(folder, file) }
  return { kind: 'token', token: checkToken('token', user.token ?? '') }
}

function checkToken(field: string, token: string): string {
  const trimmed = token.trim()
  if (/^[\x21-\x7e]+$/.test(trimmed)) return trimmed
  throw invalid(field, 'holds characters that no token has', 'Copy the token again, without line breaks or quotes.')
}

function readExec({ exec }: KubeconfigUser, cluster: KubeconfigCluster, folder: string): ClusterCredential['auth'] {
  const apiVersion = exec?.apiVersion
  if (apiVersion !== 'client.authentication.k8s.io/v1' && apiVersion !== 'client.authentication.k8s.io/v1beta1') {
    throw invalid(
      'exec.apiVersion',
      'is neither client.authentication.k8s.io/v1 nor v1beta1',
      'Update the plugin, then write the kubeconfig anew.',
    )
  }
  if (!exec?.command) throw invalid('exec.command', 'is missing', 'Name the plugin to run.')
  const config = cluster.extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension
  return {
    kind: 'exec',
    apiVersion,
    command: exec.command.includes('/') ? resolve(folder, exec.command) : exec.command,
    args: exec.args ?? [],
    env: exec.env ?? [],
    interactiveMode: exec.interactiveMode ?? 'IfAvailable',
    provideClusterInfo: exec.provideClusterInfo ?? false,
    ...(exec.installHint ? { installHint: exec.installHint } : {}),
    ...(config === undefined ? {} : { clusterConfig: config }),
  }
}

function readCertificates(field: string, base64: string): string {
  const pem = decodePem(field, base64)
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  try {
    for (const block of blocks) new X509Certificate(block)
  } catch (error) {
    const remedy = 'Export the kubeconfig again with `kubectl config view --minify --flatten`.'
    throw invalidBecause(error, { field, problem: 'holds a damaged certificate', remedy })
  }
  if (blocks.length === 0) throw invalid(field, 'holds no PEM certificate', 'It must be the base64 of a PEM file.')
  return pem
}

function readKey(base64: string, cert: string): string {
  const field = 'client-key-data'
  const pem = decodePem(field, base64)
  if (pem.includes('ENCRYPTED')) throw invalid(field, 'is protected by a passphrase', 'Remove it with `openssl pkey`, then paste again.')
  const isPair = parseKey(field, pem, (key) => new X509Certificate(cert).checkPrivateKey(key))
  if (!isPair) throw invalid(field, 'does not belong to client-certificate-data', 'Give the key of this certificate.')
  return pem
}

function parseKey<Answer>(field: string, pem: string, use: (key: ReturnType<typeof createPrivateKey>) => Answer): Answer {
  try {
    return use(createPrivateKey(pem))
  } catch (error) {
    throw invalidBecause(error, { field, problem: 'is no readable private key', remedy: 'It must be the base64 of a PEM key.' })
  }
}

function decodePem(field: string, base64: string): string {
  const compact = base64.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]+=*$/.test(compact)) throw invalid(field, 'is not base64', 'Export the kubeconfig again, and paste all of it.')
  return Buffer.from(compact, 'base64').toString('utf8')
}
