import type { ActionRequest } from '../../contract/plan.js'
import type { ActionCall, Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterAccess, OpenGrant } from './operation-deps.js'

/** A REST request in the words of the adapter contract. */
export function toActionCall(request: ActionRequest): ActionCall {
  const { components, images, params } = request
  return {
    action: request.action,
    version: request.version ?? '',
    target: {
      cluster: request.cluster,
      installation: request.installation ?? '',
      namespace: request.namespace ?? '',
      revision: request.revision ?? '',
    },
    parametersJson: JSON.stringify({ components, images, params }),
  }
}

export function toWireGrant(grant: OpenGrant, cluster: ReturnType<ClusterAccess['find']>): Grant {
  return {
    url: grant.url,
    caPem: grant.ca,
    token: grant.token,
    expiresAt: grant.expiresAt,
    namespaces: cluster.scope === 'cluster' ? [] : cluster.scope,
    simulated: cluster.simulated,
  }
}
