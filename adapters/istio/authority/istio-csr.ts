import { z } from 'zod'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'

const Service = z.looseObject({
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
  spec: z.looseObject({ ports: z.array(z.looseObject({ port: z.number() })).default([]) }),
})

/** cert-manager's agent for Istio, by the label that its chart gives its Service; the address that proxies ask for certificates. */
export async function findIstioCsr(session: ClusterSession): Promise<string | undefined> {
  const labelSelector = 'app.kubernetes.io/name=cert-manager-istio-csr'
  const found = await whenForbidden(session.list({ apiVersion: 'v1', kind: 'Service' }, { labelSelector }), [])
  // Its metrics have a Service of their own.
  const services = found.map((each) => Service.parse(each)).filter(({ spec }) => spec.ports.some(({ port }) => port === 443))
  const [service] = services
  return service && `${service.metadata.name}.${service.metadata.namespace}.svc:443`
}
