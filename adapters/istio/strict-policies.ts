import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import type { StrictPolicy } from '../runtime/relax-policies-step.js'
import { whenForbidden } from '../runtime/when-forbidden.js'

const Mode = z.looseObject({ mode: z.string().optional() })
const Spec = z.looseObject({ mtls: Mode.optional(), portLevelMtls: z.record(z.string(), Mode).optional() })

/** The PeerAuthentications that demand mTLS, of the mesh, of a namespace, of a workload or of single ports. */
export async function strictPolicies(session: ClusterSession): Promise<StrictPolicy[]> {
  const kind = { apiVersion: 'security.istio.io/v1', kind: 'PeerAuthentication' }
  const found = await whenForbidden(session.list(kind), [])
  return found.flatMap((object) => relaxed(object) ?? [])
}

/** The policy with the patch that has it take plain calls too; undefined when it does. */
export function relaxed(object: KubeObject): StrictPolicy | undefined {
  const { mtls, portLevelMtls = {} } = Spec.catch({}).parse(object.spec ?? {})
  const ports = Object.entries(portLevelMtls).filter(([, { mode }]) => mode === 'STRICT')
  if (mtls?.mode !== 'STRICT' && ports.length === 0) return undefined
  const permissive = { mode: 'PERMISSIVE' }
  const spec = {
    ...(mtls?.mode === 'STRICT' ? { mtls: permissive } : {}),
    ...(ports.length > 0 ? { portLevelMtls: Object.fromEntries(ports.map(([port]) => [port, permissive])) } : {}),
  }
  return { object, patch: { spec } }
}
