import { createPrivateKey, type KeyObject } from 'node:crypto'
import { type CertificateFacts, readCertificates } from '../../../certificates/read-certificates.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { dayMs, soonDays } from '../../runtime/checks/certificate-findings.js'
import { errorFinding, infoFinding, warningFinding } from '../../runtime/plan-findings.js'

/** The Secret that istiod signs with when it is there (istio.io/latest/docs/tasks/security/cert-management/plugin-ca-cert). */
export const cacertsName = 'cacerts'

// As Istio's own guide makes them, or as cert-manager writes a Secret, which istiod reads too.
const layouts = [
  { certificate: 'ca-cert.pem', key: 'ca-key.pem', roots: 'root-cert.pem', chain: 'cert-chain.pem' },
  { certificate: 'tls.crt', key: 'tls.key', roots: 'ca.crt', chain: 'tls.crt' },
] as const

/** Whether istiod can sign with what is in the Secret, and proxies trust what it signs. The key is compared, and goes nowhere. */
export function judgeCacerts(secret: KubeObject, now: Date): Finding[] {
  const { data = {} } = secret as { data?: Record<string, string> }
  const layout = layouts.find(({ certificate }) => certificate in data) ?? layouts[0]
  const missing = [...new Set(Object.values(layout))].filter((key) => !(key in data))
  if (missing.length > 0) return [incomplete(missing)]
  const text = (key: string) => Buffer.from(data[key] ?? '', 'base64').toString()
  const [authority] = readCertificates(text(layout.certificate)).certificates
  const roots = readCertificates(text(layout.roots)).certificates
  if (authority === undefined || roots.length === 0) return [unreadable(authority === undefined ? layout.certificate : layout.roots)]
  const key = readKey(text(layout.key))
  if (key === undefined) return [unreadable(layout.key)]
  const chain = chainOf(authority, { links: readCertificates(text(layout.chain)).certificates, roots })
  const faults = [
    ...(authority.isCa ? [] : [fault('cacerts-not-authority', `${layout.certificate} (${authority.subject}) may sign nothing.`)]),
    ...(authority.x509.checkPrivateKey(key)
      ? []
      : [fault('cacerts-key-differs', `${layout.key} is not the key of ${layout.certificate}.`)]),
    ...(chain === undefined ? [broken(authority, layout)] : []),
    ...[...new Set([authority, ...(chain ?? [])])].flatMap((each) => judgeTime(each, now)),
  ]
  return faults.some(({ code }) => code !== 'cacerts-end-soon') ? faults : [used(authority), ...faults]
}

/** From the authority up to a root, both included; undefined where a signature is missing on the way. */
function chainOf(
  authority: CertificateFacts,
  { links, roots }: { links: readonly CertificateFacts[]; roots: readonly CertificateFacts[] },
): CertificateFacts[] | undefined {
  const chain = [authority]
  for (let at = authority; chain.length <= links.length + 1; ) {
    const root = roots.find((each) => each.fingerprint === at.fingerprint || at.isSignedBy(each))
    if (root !== undefined) return [...chain, root]
    const signer = links.find((each) => !chain.some(({ fingerprint }) => fingerprint === each.fingerprint) && at.isSignedBy(each))
    if (signer === undefined) return undefined
    chain.push(signer)
    at = signer
  }
  return undefined
}

function judgeTime({ subject, notBefore, notAfter }: CertificateFacts, now: Date): Finding[] {
  const day = notAfter.toISOString().slice(0, 10)
  if (notAfter <= now) return [fault('cacerts-expired', `${subject} ended on ${day}.`)]
  if (notBefore > now) return [fault('cacerts-not-yet-valid', `${subject} is not valid before ${notBefore.toISOString()}.`)]
  const days = Math.floor((notAfter.getTime() - now.getTime()) / dayMs)
  if (days >= soonDays) return []
  const remedy = 'Plug in a longer one soon: replacing it takes a restart of every member.'
  return [warningFinding({ code: 'cacerts-end-soon', message: `${subject}, which is in Secret cacerts, ends on ${day}.`, remedy })]
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    // Locked by a passphrase, or no key at all: istiod cannot read it either.
    return undefined
  }
}

const remedy = `Make the Secret anew: kubectl create secret generic ${cacertsName} with ca-cert.pem, ca-key.pem, root-cert.pem and cert-chain.pem, in the namespace of istiod.`

function fault(code: string, message: string): Finding {
  return errorFinding({
    code,
    message,
    cause: 'It is in the Secret cacerts, which istiod signs the certificates of workloads with.',
    remedy,
  })
}

function incomplete(missing: readonly string[]): Finding {
  return fault('cacerts-incomplete', `Secret cacerts has no ${missing.join(', no ')}.`)
}

function unreadable(key: string): Finding {
  return fault('cacerts-unreadable', `${key} of Secret cacerts cannot be read.`)
}

function broken({ subject, issuer }: CertificateFacts, { roots, chain }: (typeof layouts)[number]): Finding {
  return errorFinding({
    code: 'cacerts-chain-broken',
    message: `No signature leads from ${subject} to a root: proxies would not trust what istiod signs.`,
    cause: `${issuer} signed it, as it says, and neither ${chain} nor ${roots} holds the way up.`,
    remedy,
  })
}

function used({ subject, notAfter }: CertificateFacts): Finding {
  return infoFinding({
    code: 'cacerts-used',
    message: `istiod signs with ${subject} of the Secret cacerts, until ${notAfter.toISOString().slice(0, 10)}.`,
    remedy: 'Nothing: renew it in time, and restart istiod and the members then.',
  })
}
