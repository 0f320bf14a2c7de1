import { Agent, type Dispatcher, ProxyAgent } from 'undici'
import type { KubeConnection } from '../../kube/connection.js'
import type { ClusterCredential } from './cluster-credential.js'
import { type ClusterIdentity, isRenewable, readIdentity } from './cluster-identity.js'
import { impersonationHeaders } from './impersonation.js'
import { chooseProxy, type ProxySettings } from './proxy-choice.js'

export interface ConnectOptions extends ProxySettings {
  /** Default 30 s. */
  pluginTimeoutMs?: number
  connectTimeoutMs?: number
}

// After a 401 files and plugins are asked again at once, but not in a storm.
const forcedRenewalEveryMs = 30_000

/**
 * A connection to the real cluster. Dials nothing yet. Files are read again at least each minute, a plugin when its credential
 * ends; a renewed client certificate or CA gets new sockets, while streams that are open go on over the old ones.
 */
export function connectCluster(credential: ClusterCredential, options: ConnectOptions = {}): KubeConnection {
  const impersonation = credential.impersonate ? impersonationHeaders(credential.impersonate) : {}
  let identity: ClusterIdentity | undefined
  let loading: Promise<ClusterIdentity> | undefined
  let dispatcher: Dispatcher | undefined
  // Also those that were replaced and still carry a stream.
  const opened = new Set<Dispatcher>()
  let forced = { at: Number.NEGATIVE_INFINITY, changed: false }

  const open = (next: ClusterIdentity): Dispatcher => {
    void dispatcher?.close()
    dispatcher = openSockets(credential, next, options)
    opened.add(dispatcher)
    return dispatcher
  }
  const load = async (): Promise<ClusterIdentity> => {
    const next = await readIdentity(credential, options)
    if (!dispatcher || tlsOf(next) !== tlsOf(identity)) open(next)
    identity = next
    return next
  }
  // One look for all requests that wait for it.
  const renew = (): Promise<ClusterIdentity> => {
    loading ??= load().finally(() => {
      loading = undefined
    })
    return loading
  }

  return {
    url: credential.server,
    get dispatcher() {
      return dispatcher ?? open({ headers: {}, ca: credential.ca, goodUntil: 0 })
    },
    async headers() {
      const current = identity && Date.now() < identity.goodUntil ? identity : await renew()
      return { ...current.headers, ...impersonation }
    },
    async refresh() {
      if (!isRenewable(credential)) return false
      if (Date.now() - forced.at < forcedRenewalEveryMs) return forced.changed
      const before = fingerprint(identity)
      forced = { at: Date.now(), changed: true }
      forced.changed = fingerprint(await renew()) !== before
      return forced.changed
    },
    async close() {
      await Promise.all([...opened].map((sockets) => sockets.destroy()))
    },
  }
}

function openSockets(credential: ClusterCredential, identity: ClusterIdentity, options: ConnectOptions): Dispatcher {
  const tls = {
    ...(identity.ca ? { ca: identity.ca } : {}),
    ...identity.certificate,
    ...(credential.tlsServerName ? { servername: credential.tlsServerName } : {}),
    rejectUnauthorized: credential.insecureSkipTlsVerify !== true,
    timeout: options.connectTimeoutMs ?? 10_000,
  }
  const proxy = credential.proxyUrl ?? chooseProxy(credential.server, options)
  if (proxy === undefined) return new Agent({ connect: tls, allowH2: false })
  return new ProxyAgent({ uri: proxy, requestTls: tls, proxyTls: { timeout: tls.timeout }, allowH2: false })
}

function tlsOf(identity: ClusterIdentity | undefined): string {
  return JSON.stringify([identity?.ca, identity?.certificate])
}

function fingerprint(identity: ClusterIdentity | undefined): string {
  return JSON.stringify([identity?.ca, identity?.certificate, identity?.headers])
}
