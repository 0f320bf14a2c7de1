import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { KeyPair } from '../../certificates/certificate-authority.js'
import { type CertificateFacts, readCertificates } from '../../certificates/read-certificates.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { errorFinding } from '../runtime/plan-findings.js'

/** An authority as a user gives it: a certificate with its private key. */
export interface AnchorFile {
  pair: KeyPair
  facts: CertificateFacts
  key: KeyObject
}

/** A parameter that holds keys: it is sealed where it is stored, and stands in no plan. */
export function anchorParameter(title: string, description: string): Record<string, unknown> {
  return { type: 'string', maxLength: 20_000, title, description, 'x-editor': 'yaml', 'x-secret': true }
}

/** The first certificate of the text with its private key; undefined when one of them is missing or cannot be read. */
export function readAnchorFile(pem: string): AnchorFile | undefined {
  const [facts] = readCertificates(pem).certificates
  const [keyText] = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*-----END [A-Z ]*PRIVATE KEY-----/.exec(pem) ?? []
  if (facts === undefined || keyText === undefined) return undefined
  try {
    return { pair: { cert: facts.x509.toString(), key: keyText }, facts, key: createPrivateKey(keyText) }
  } catch {
    // A key that is locked by a passphrase, or no key at all.
    return undefined
  }
}

const again = 'Give the file that holds both, as the installation handed it out.'

/** Whether both are there, belong together, and can sign what the proxies read. */
export function checkAnchorFile(anchor: AnchorFile | undefined): Finding[] {
  if (anchor === undefined) {
    const message = 'The text holds no trust anchor with its key.'
    const cause = 'A certificate and its private key are needed, both as PEM and without a passphrase.'
    return [errorFinding({ code: 'anchor-unreadable', message, cause, remedy: again })]
  }
  const { facts, key } = anchor
  if (!facts.x509.checkPrivateKey(key)) {
    const message = 'The private key is not of this certificate.'
    return [errorFinding({ code: 'anchor-key-wrong', message, cause: facts.subject, remedy: again })]
  }
  return checkKind(facts)
}

/** Whether a certificate is an authority of the one kind of key that proxies and identity service read. */
export function checkKind(facts: CertificateFacts): Finding[] {
  if (facts.keyType === 'ECDSA P-256' && facts.isCa) return []
  const message = 'This certificate cannot sign an issuer.'
  const cause = `${facts.subject} has a key of the kind ${facts.keyType}${facts.isCa ? '' : ' and may sign nothing'}.`
  return [errorFinding({ code: 'anchor-unfit', message, cause, remedy: 'Give an authority with an ECDSA P-256 key.' })]
}

/** An issuer of so many days ends before its anchor does. */
export function checkLifetime({ notAfter }: CertificateFacts, days: number): Finding[] {
  if (notAfter.getTime() > Date.now() + days * 86_400_000) return []
  const message = `The anchor runs out before an issuer of ${days} days would.`
  const cause = `It is valid until ${notAfter.toISOString().slice(0, 10)}.`
  return [errorFinding({ code: 'anchor-ends-first', message, cause, remedy: 'Choose fewer days, or rotate the anchor.' })]
}
