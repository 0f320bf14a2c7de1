import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Wanted } from '../../runtime/chart-mesh.js'
import { type ComponentInstance, deepMerge } from '../../runtime/components.js'
import type { Scene } from '../../runtime/mesh-adapter.js'
import { errorFinding, infoFinding, warningFinding } from '../../runtime/plan-findings.js'
import { whenForbidden } from '../../runtime/when-forbidden.js'
import { findIstioCsr } from './istio-csr.js'
import { cacertsName, judgeCacerts } from './judge-cacerts.js'

const Params = z.looseObject({ ca: z.enum(['self-signed', 'cacerts', 'cert-manager']).default('self-signed') })

/** Who signs the certificates of workloads, as an install asks for it. */
export const authorityParameter = {
  enum: ['self-signed', 'cacerts', 'cert-manager'],
  default: 'self-signed',
  title: 'Certificate authority',
  description:
    'self-signed: istiod makes a root of its own. cacerts: it signs with the Secret of this name, which is there before. cert-manager: its agent istio-csr signs.',
}

/** Tells the parts that ask for certificates to ask istio-csr (cert-manager.io/docs/usage/istio-csr); under the user's values. */
export async function placeAuthority(
  instance: ComponentInstance,
  params: Readonly<Record<string, unknown>>,
  { session }: Scene,
): Promise<ComponentInstance> {
  if (Params.parse(params).ca !== 'cert-manager') return instance
  const caAddress = await findIstioCsr(session)
  if (caAddress === undefined) return instance
  const values: Record<string, Record<string, unknown>> = {
    istiod: { global: { caAddress }, pilot: { env: { ENABLE_CA_SERVER: 'false' } } },
    ztunnel: { caAddress },
  }
  return { ...instance, values: deepMerge(values[instance.component.component] ?? {}, instance.values) }
}

/** What istiod will sign with, looked at before it starts; an upgrade starts it anew. */
export async function checkAuthority({ session }: Scene, { namespace, instances, params }: Wanted): Promise<Finding[]> {
  const { ca } = Params.parse(params)
  if (ca === 'cert-manager') return checkAgent(await findIstioCsr(session), instances)
  if (instances.some(asksElsewhere)) return ca === 'cacerts' ? [unused()] : []
  const key = { apiVersion: 'v1', kind: 'Secret', namespace, name: cacertsName }
  const secret = await whenForbidden(session.get(key), 'hidden' as const)
  if (secret === 'hidden') return ca === 'cacerts' ? [unseen(namespace)] : []
  if (secret !== undefined) return judgeCacerts(secret, new Date())
  return ca === 'cacerts' ? [absent(namespace)] : []
}

function checkAgent(address: string | undefined, instances: Wanted['instances']): Finding[] {
  if (address === undefined) {
    return [
      errorFinding({
        code: 'istio-csr-absent',
        message: 'istio-csr is not in this cluster: nobody would sign the certificates of workloads.',
        cause: 'No Service with the label app.kubernetes.io/name=cert-manager-istio-csr serves port 443.',
        remedy: 'Install cert-manager and its chart cert-manager-istio-csr first, or let istiod sign.',
      }),
    ]
  }
  const message = `istio-csr (${address}) signs the certificates of workloads, and istiod signs none.`
  const used = infoFinding({ code: 'istio-csr-used', message, remedy: 'Nothing: cert-manager renews what it signs with.' })
  if (!instances.some(({ component }) => component.component === 'ztunnel')) return [used]
  return [
    used,
    warningFinding({
      code: 'istio-csr-trusts-nodes',
      message: 'The ambient proxy asks istio-csr for certificates in the name of the pods on its node.',
      cause: 'istio-csr refuses that unless it is told whom to trust.',
      remedy: "Name ztunnel's account in the values of istio-csr: app.server.caTrustedNodeAccounts=NAMESPACE/ztunnel.",
    }),
  ]
}

const Elsewhere = z.looseObject({ global: z.looseObject({ caAddress: z.string().min(1) }) })

/** By the values of a release: an authority outside of istiod, which reads no Secret of ours. */
function asksElsewhere({ component, values }: ComponentInstance): boolean {
  return component.component === 'istiod' && Elsewhere.safeParse(values).success
}

function unused(): Finding {
  return errorFinding({
    code: 'cacerts-unused',
    message: `istiod is asked to sign with the Secret ${cacertsName}, and its values name an authority outside of it.`,
    cause: 'With global.caAddress set, proxies ask that address for their certificates, and what istiod would sign with is not used.',
    remedy:
      'Give values for istiod without global.caAddress (they take the place of all that its release has), or leave the parameter ca as it was.',
  })
}

function absent(namespace: string): Finding {
  return errorFinding({
    code: 'cacerts-absent',
    message: `There is no Secret ${cacertsName} in ${namespace} for istiod to sign with.`,
    cause: 'istiod would make a root of its own, and members would have to be restarted to trust another one later.',
    remedy: `Make it first, with ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem: kubectl create secret generic ${cacertsName} --from-file=FOLDER --namespace ${namespace}. Or choose self-signed.`,
  })
}

function unseen(namespace: string): Finding {
  return warningFinding({
    code: 'cacerts-unseen',
    message: `Whether Secret ${cacertsName} is in ${namespace}, and whether it fits, cannot be seen.`,
    cause: 'The cluster connection may not read Secrets there.',
    remedy: 'Let it read them, or make sure yourself.',
  })
}
