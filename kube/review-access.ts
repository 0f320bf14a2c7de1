import type { KubeConnection } from './connection.js'
import { kubeRequest } from './kube-client.js'

/** What somebody may want to do. No `namespace` asks about all namespaces, no `name` about all names. */
export interface AccessQuestion {
  verb: string
  group?: string
  resource: string
  subresource?: string
  namespace?: string | undefined
  name?: string
}

export interface AccessAnswer {
  allowed: boolean
  /** The authorizer's words; often empty. */
  reason: string
}

/** SelfSubjectAccessReview: asks the cluster, as the connection's identity. Needs no right of its own on a usual cluster. */
export async function reviewAccess(connection: KubeConnection, question: AccessQuestion, signal?: AbortSignal): Promise<AccessAnswer> {
  const { status } = await kubeRequest<{ status?: { allowed?: boolean; reason?: string; evaluationError?: string } }>(connection, {
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes: question } },
    signal,
  })
  return { allowed: status?.allowed === true, reason: status?.reason || status?.evaluationError || '' }
}

/** SelfSubjectReview (Kubernetes 1.28): who the API server takes the connection for. */
export async function reviewIdentity(connection: KubeConnection, signal?: AbortSignal): Promise<{ username: string; groups: string[] }> {
  const { status } = await kubeRequest<{ status?: { userInfo?: { username?: string; groups?: string[] } } }>(connection, {
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    signal,
  })
  return { username: status?.userInfo?.username ?? '', groups: status?.userInfo?.groups ?? [] }
}
