import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { toWireGrant } from './adapter-call.js'
import type { GrantRequest, OperationDeps } from './operation-deps.js'

/** Opens a grant for the time of `work`. When it settles, the grant has ended and its last request is answered. */
export async function withGrant<Result>(
  { clusters }: Pick<OperationDeps, 'clusters'>,
  request: GrantRequest,
  work: (grant: Grant) => Promise<Result>,
): Promise<Result> {
  const cluster = clusters.find(request.cluster)
  const grant = await clusters.openGrant(request)
  return work(toWireGrant(grant, cluster)).finally(() => grant.revoke())
}
