import { createSecureContext } from 'node:tls'
import { Agent, type Dispatcher } from 'undici'

/** How to reach one Kubernetes API: where, by which sockets, and as whom. Whoever opens it closes it. */
export interface KubeConnection {
  /** Origin and path prefix without a trailing slash, such as `https://rancher.example/k8s/clusters/c-1`. */
  readonly url: string
  /** Read it after headers(): a renewed client certificate comes with another dispatcher. */
  readonly dispatcher: Dispatcher
  /** Headers that carry the identity: Authorization and Impersonate-*. Asked before each request. */
  headers(): Promise<IdentityHeaders>
  /** Forgets a cached credential after a 401; false when there is no other one to try. */
  refresh(): Promise<boolean>
  close(): Promise<void>
  /** Waits when the API server is busy and says for how long; who reads in rounds of its own does not. */
  readonly isPatient?: boolean
}

/** Lower-case names; several Impersonate-Group headers are an array. */
export type IdentityHeaders = Record<string, string | string[]>

// A TLS connection costs both ends more than most requests, and a plan of many small reads would open one for each.
const atOnce = 6

/** The connection of an adapter: the broker's address, its CA and the token of one grant. */
export function connectWithToken({ url, ca, token }: { url: string; ca: string; token: string }): KubeConnection {
  // Read once for all connections: a context is the dearest part of one.
  const dispatcher = new Agent({ connect: { secureContext: createSecureContext({ ca }) }, connections: atOnce, allowH2: false })
  return {
    url: url.replace(/\/+$/, ''),
    dispatcher,
    headers: async () => ({ authorization: `Bearer ${token}` }),
    refresh: async () => false,
    close: () => dispatcher.close(),
    isPatient: true,
  }
}
