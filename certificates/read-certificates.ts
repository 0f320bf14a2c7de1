import { X509Certificate } from 'node:crypto'

/** What a certificate says in public. */
export interface CertificateFacts {
  /** `CN=…, O=…`; the first of its alternative names when it has no subject. */
  subject: string
  issuer: string
  /** Hex. */
  serial: string
  /** SHA-256 of the certificate, hex. */
  fingerprint: string
  notBefore: Date
  notAfter: Date
  /** `ECDSA P-256`, `RSA 2048`. */
  keyType: string
  isCa: boolean
  isSelfSigned: boolean
  /** Whether the key of `other` made the signature, and the names fit. */
  isSignedBy(other: CertificateFacts): boolean
  x509: X509Certificate
}

const block = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g

/** Every certificate of a PEM text, in order, and how many could not be read. What else stands in the text, such as a private key, is passed over. */
export function readCertificates(pem: string): { certificates: CertificateFacts[]; faulty: number } {
  const read = (pem.match(block) ?? []).map(readOne)
  const certificates = read.flatMap((facts) => facts ?? [])
  return { certificates, faulty: read.length - certificates.length }
}

function readOne(pem: string): CertificateFacts | undefined {
  try {
    const x509 = new X509Certificate(pem)
    const subject = oneLine(x509.subject)
    const issuer = oneLine(x509.issuer)
    return {
      subject: subject || (x509.subjectAltName?.split(', ')[0] ?? ''),
      issuer,
      serial: x509.serialNumber.toLowerCase(),
      fingerprint: x509.fingerprint256.replaceAll(':', '').toLowerCase(),
      notBefore: new Date(x509.validFrom),
      notAfter: new Date(x509.validTo),
      keyType: keyTypeOf(x509),
      isCa: x509.ca,
      isSelfSigned: subject === issuer && x509.verify(x509.publicKey),
      isSignedBy: (other) => oneLine(other.x509.subject) === issuer && x509.verify(other.x509.publicKey),
      x509,
    }
  } catch {
    // Not a certificate, whatever its frame says.
    return undefined
  }
}

// One attribute a line; nothing at all for an empty name.
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}

const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

function keyTypeOf({ publicKey: { asymmetricKeyType: type, asymmetricKeyDetails: details = {} } }: X509Certificate): string {
  if (type === 'ec') return `ECDSA ${curves[details.namedCurve ?? ''] ?? details.namedCurve}`
  if (type === 'rsa') return `RSA ${details.modulusLength}`
  return type === 'ed25519' ? 'Ed25519' : (type ?? 'unknown')
}
