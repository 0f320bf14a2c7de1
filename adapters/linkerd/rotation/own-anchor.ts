import { createCa, issueAuthority, type KeyPair } from '../../../certificates/certificate-authority.js'
import { type CertificateFacts, readCertificates } from '../../../certificates/read-certificates.js'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { nameOfNow } from '../../runtime/artifacts.js'
import type { StepContext } from '../../runtime/mesh-adapter.js'
import { errorFinding } from '../../runtime/plan-findings.js'
import { checkAnchorFile, checkKind, checkLifetime, readAnchorFile } from '../anchor-file.js'

/** An anchor of the user's: with its key, or with an issuer that it has signed elsewhere, so that its key stays where it is. */
export interface OwnAnchor {
  facts: CertificateFacts
  issue(days: number): Promise<KeyPair>
}

/** Texts are PEM, and empty where nothing was given. */
export interface OwnTexts {
  anchor: string
  issuer: string
  days: number
}

/** Reads what the user gave; neither an anchor nor a finding means that one is to be made. */
export function readOwnAnchor({ anchor, issuer, days }: OwnTexts): { own?: OwnAnchor; findings: Finding[] } {
  if (anchor.trim() === '' && issuer.trim() === '') return { findings: [] }
  return issuer.trim() === '' ? readSigning(anchor, days) : readSigned(anchor, issuer)
}

function readSigning(anchor: string, days: number): { own?: OwnAnchor; findings: Finding[] } {
  const file = readAnchorFile(anchor)
  const findings = [...checkAnchorFile(file), ...(file ? checkLifetime(file.facts, days) : [])]
  if (file === undefined || findings.length > 0) return { findings }
  return { own: { facts: file.facts, issue: (valid) => issueBelow(file.pair, valid) }, findings }
}

function readSigned(anchor: string, issuer: string): { own?: OwnAnchor; findings: Finding[] } {
  const [facts] = readCertificates(anchor).certificates
  const file = readAnchorFile(issuer)
  if (facts === undefined) {
    const message = 'The text holds no trust anchor.'
    return { findings: [errorFinding({ code: 'anchor-unreadable', message, remedy: 'Give its certificate as PEM.' })] }
  }
  const findings = [...checkKind(facts), ...checkAnchorFile(file)]
  if (file === undefined || findings.length > 0) return { findings }
  if (file.facts.isSignedBy(facts)) return { own: { facts, issue: async () => file.pair }, findings }
  const message = 'The anchor did not sign this issuer.'
  const cause = `${file.facts.subject} is signed by ${file.facts.issuer}; the anchor is ${facts.subject}.`
  return { findings: [errorFinding({ code: 'issuer-not-anchored', message, cause, remedy: 'Give the two that belong together.' })] }
}

/** The new anchor's certificate as PEM, and an issuer below it. Of a made anchor the key has left for the user when this resolves. */
export async function makeAnchor(
  own: OwnAnchor | undefined,
  days: number,
  { handOver, signal, log }: StepContext,
): Promise<{ anchor: string; issuer: KeyPair }> {
  if (own !== undefined) return { anchor: own.facts.x509.toString(), issuer: await own.issue(days) }
  const made = await createCa('root.linkerd.cluster.local', { signsAuthorities: true })
  const name = nameOfNow('linkerd-trust-anchor', 'pem')
  await handOver({ name, mediaType: 'application/x-pem-file', text: [made.key, made.cert], once: true }, signal)
  log(
    'info',
    `${name} holds the new anchor's key: fetch it and keep it safe. When this operation has handed out another one before, that is of no use.`,
  )
  return { anchor: made.cert, issuer: await issueBelow(made, days) }
}

function issueBelow(anchor: KeyPair, days: number): Promise<KeyPair> {
  return issueAuthority(anchor, { commonName: 'identity.linkerd.cluster.local', days })
}
