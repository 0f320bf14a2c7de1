import { readCertificates } from '../../../certificates/read-certificates.js'

/** SHA-256 of each certificate of a PEM text, hex, in its order. */
export function fingerprintsIn(pem: string): string[] {
  return readCertificates(pem).certificates.map(({ fingerprint }) => fingerprint)
}

/** A bundle with one anchor more, at its end; the bundle as it is when it holds that anchor. */
export function withAnchor(bundle: string, anchor: string): string {
  const there = new Set(fingerprintsIn(bundle))
  const missing = readCertificates(anchor).certificates.filter(({ fingerprint }) => !there.has(fingerprint))
  if (missing.length === 0) return bundle
  return [bundle.trimEnd(), ...missing.map(({ x509 }) => x509.toString().trimEnd()), ''].join('\n').trimStart()
}

/** Of a bundle the one anchor with this fingerprint. Undefined when it is not in there: a bundle must never get empty. */
export function onlyAnchor(bundle: string, fingerprint: string): string | undefined {
  return readCertificates(bundle)
    .certificates.find((each) => each.fingerprint === fingerprint)
    ?.x509.toString()
}
