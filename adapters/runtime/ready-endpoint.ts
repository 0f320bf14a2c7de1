import { z } from 'zod'
import type { ClusterSession } from './cluster-session.js'

const Slice = z.looseObject({
  endpoints: z
    .array(z.looseObject({ conditions: z.looseObject({ ready: z.boolean().nullish() }).prefault({}) }))
    .nullish()
    .transform((found) => found ?? []),
})

/** Whether anybody is ready to answer for a Service; one that is not there has nobody. A simulated cluster keeps no endpoints: do not ask there. */
export async function hasReadyEndpoint(
  session: ClusterSession,
  { namespace, name }: { namespace: string; name: string },
): Promise<boolean> {
  const kind = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }
  const slices = await session.list(kind, { namespace, labelSelector: `kubernetes.io/service-name=${name}` })
  // Unset means ready, as the API says.
  return slices.some((slice) => Slice.parse(slice).endpoints.some(({ conditions }) => conditions.ready !== false))
}
