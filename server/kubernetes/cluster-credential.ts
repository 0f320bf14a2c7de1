import { z } from 'zod'
import { Impersonation } from './impersonation.js'

/** A credential plugin as a kubeconfig names it. It runs a program, so it only ever comes from this machine's own kubeconfig. */
export const ExecPlugin = z.strictObject({
  kind: z.literal('exec'),
  apiVersion: z.enum(['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1']),
  /** A name to be found in PATH, or an absolute path. */
  command: z.string().min(1),
  args: z.array(z.string()),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  interactiveMode: z.enum(['Never', 'IfAvailable', 'Always']),
  provideClusterInfo: z.boolean(),
  installHint: z.exactOptional(z.string()),
  /** The cluster's extension client.authentication.k8s.io/exec, handed to the plugin as it is. */
  clusterConfig: z.exactOptional(z.json()),
})

export type ExecPlugin = z.infer<typeof ExecPlugin>

/** How to reach one API server and as whom. Holds secrets: stored encrypted, never answered, never logged. */
export const ClusterCredential = z.strictObject({
  /** Origin and path prefix without a trailing slash. */
  server: z.string(),
  /** PEM; several certificates are possible. */
  ca: z.exactOptional(z.string()),
  caFile: z.exactOptional(z.string()),
  insecureSkipTlsVerify: z.exactOptional(z.boolean()),
  tlsServerName: z.exactOptional(z.string()),
  proxyUrl: z.exactOptional(z.string()),
  /** Default namespace of the context. */
  namespace: z.exactOptional(z.string()),
  impersonate: z.exactOptional(Impersonation),
  auth: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('certificate'), cert: z.string(), key: z.string() }),
    // Paths: read again at least once a minute, because they are rotated in place.
    z.strictObject({ kind: z.literal('certificate-files'), cert: z.string(), key: z.string() }),
    z.strictObject({ kind: z.literal('token'), token: z.string().min(1) }),
    z.strictObject({ kind: z.literal('token-file'), path: z.string() }),
    ExecPlugin,
    z.strictObject({ kind: z.literal('basic'), username: z.string(), password: z.string() }),
    z.strictObject({ kind: z.literal('none') }),
  ]),
})

export type ClusterCredential = z.infer<typeof ClusterCredential>
