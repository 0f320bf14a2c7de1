import type { CertificateFacts } from '../../../certificates/read-certificates.js'
import type { Certificate, Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { refOf } from '../manifests.js'
import { warningFinding } from '../plan-findings.js'
import { bundlesOfApiServer } from './api-bundles.js'
import { type HeldCertificates, openHolders } from './certificate-holders.js'
import type { CertificateRules, CheckScene, Renewal } from './check.js'
import { gatewayCredentials } from './gateway-credentials.js'

/** A certificate with all that is known of it, before it is compared with the others. */
interface Known {
  facts: CertificateFacts
  held: HeldCertificates[]
}

/** The certificates of a mesh, each once, with every place where it lies; and what could not be read. */
export async function findCertificates(
  rules: CertificateRules,
  scene: CheckScene,
): Promise<{ certificates: Certificate[]; findings: Finding[] }> {
  const holders = openHolders(scene)
  const held: HeldCertificates[] = []
  for (const source of rules.sources) held.push(...(await holders.read(source)))
  for (const { name, namespace = '' } of await holders.ask('which credentials gateways use', () =>
    gatewayCredentials(scene, rules.gatewayClasses),
  ))
    held.push(
      ...(await holders.read({ kind: 'Secret', name, namespace, key: 'tls.crt', use: 'gateway', purpose: 'certificate of a gateway' })),
    )
  held.push(...(await holders.ask('which certificates the API server trusts webhooks by', () => bundlesOfApiServer(rules, scene))))
  held.push(...(await holders.rest()))
  return { certificates: combine(held), findings: [...holders.findings(), ...held.flatMap(faultsOf)] }
}

function combine(held: readonly HeldCertificates[]): Certificate[] {
  const known = new Map<string, Known>()
  for (const each of held) {
    for (const facts of each.certificates) {
      const twin = known.get(facts.fingerprint)
      if (twin) twin.held.push(each)
      else known.set(facts.fingerprint, { facts, held: [each] })
    }
  }
  const all = [...known.values()].map(({ facts }) => facts)
  return [...known.values()].flatMap(({ facts, held: places }) => toCertificate(facts, places, all))
}

function toCertificate(facts: CertificateFacts, places: readonly HeldCertificates[], all: readonly CertificateFacts[]): Certificate[] {
  const [first] = places
  if (first === undefined) return []
  const signer = facts.isSelfSigned ? undefined : all.find((other) => facts.isSignedBy(other))
  const { subject, issuer, serial, fingerprint, notBefore, notAfter, keyType } = facts
  // A file of a Secret may hold the chain above its certificate; a bundle by which a webhook is trusted is no root of the mesh.
  const use = first.use !== 'webhook' && facts.isSelfSigned && facts.isCa ? 'root' : first.use
  const renewal = renewalOf(first)
  return [
    {
      places: places.map(({ object, field }) => ({ object: refOf(object), field })),
      use,
      purpose: use === first.use ? first.purpose : `root above the ${first.purpose}`,
      ...{ subject, issuer, serial, fingerprint, notBefore, notAfter, keyType },
      chain: facts.isSelfSigned ? 'self-signed' : signer ? 'signed' : 'not-found',
      signedBy: signer?.fingerprint ?? '',
      renewedBy: renewal.by,
      renewal: renewal.text,
    },
  ]
}

const nobody: Renewal = { by: 'you', text: 'Nothing in the cluster renews it.' }

/** Whose mark stands on the object; then what the mesh is known to do; then helm, which makes it anew with each upgrade of its chart. */
function renewalOf({ object, renewal }: HeldCertificates): Renewal {
  const { annotations = {}, labels = {} } = object.metadata
  const marks = Object.keys({ ...annotations, ...labels })
  if (marks.some((mark) => /^(cert-manager\.io\/certificate-name|cert-manager\.io\/inject-|trust\.cert-manager\.io\/)/.test(mark)))
    return { by: 'cert-manager', text: 'cert-manager renews it in time.' }
  if (renewal !== undefined) return renewal
  if (marks.includes('meta.helm.sh/release-name'))
    return { by: 'helm', text: 'Its chart makes a new one at each upgrade, and nothing does in between.' }
  return nobody
}

function faultsOf({ object, field, faulty }: HeldCertificates): Finding[] {
  if (faulty === 0) return []
  const { kind, metadata } = object
  return [
    warningFinding({
      code: 'certificate-unreadable',
      message: `${kind} ${[metadata.namespace, metadata.name].filter(Boolean).join('/')} holds something in ${field} that is no certificate.`,
      remedy: 'Put the certificate there again, as PEM.',
      object: refOf(object),
    }),
  ]
}
