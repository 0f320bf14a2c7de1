import 'reflect-metadata'
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

x509.cryptoProvider.set(webcrypto)

/** A certificate and its private key, both PEM (the key PKCS #8). */
export interface KeyPair {
  cert: string
  key: string
}

export interface LeafRequest {
  commonName: string
  dnsNames: readonly string[]
  ipAddresses: readonly string[]
  /** Default 90 days. */
  days?: number
  /** Default: a server's certificate. `both` for peers that pin each other. */
  usage?: 'server' | 'client' | 'both'
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const dayMs = 86_400_000
// Peers' clocks may be a little behind ours.
const backdateMs = 5 * 60_000

/** A new self-signed authority, P-256, ten years. It may sign leaves only, and with `signsAuthorities` authorities that sign leaves. */
export async function createCa(commonName = 'Meshwright', { signsAuthorities = false } = {}): Promise<KeyPair> {
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...lifetime(3650),
    serialNumber: newSerial(),
    name: new x509.Name([{ CN: [commonName] }]),
    keys,
    signingAlgorithm: algorithm,
    extensions: await authorityExtensions(keys.publicKey, signsAuthorities ? 1 : 0),
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** An authority below `root`, with its own new P-256 key, which may sign leaves only. */
export async function issueAuthority(root: KeyPair, { commonName, days }: { commonName: string; days: number }): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(root.cert)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    ...lifetime(days),
    serialNumber: newSerial(),
    subject: new x509.Name([{ CN: [commonName] }]).toString(),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey: await importKey(root.key),
    signingAlgorithm: algorithm,
    extensions: [...(await authorityExtensions(keys.publicKey, 0)), await x509.AuthorityKeyIdentifierExtension.create(issuer)],
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

/** A leaf with its own new P-256 key, signed by `ca`. Names go into subjectAltName, the only place that clients look at. */
export async function issueCertificate(ca: KeyPair, leaf: LeafRequest): Promise<KeyPair> {
  const issuer = new x509.X509Certificate(ca.cert)
  const signingKey = await importKey(ca.key)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await x509.X509CertificateGenerator.create({
    ...lifetime(leaf.days ?? 90),
    serialNumber: newSerial(),
    subject: new x509.Name([{ CN: [leaf.commonName] }]).toString(),
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension(extendedUsage(leaf.usage ?? 'server')),
      new x509.SubjectAlternativeNameExtension([
        ...leaf.dnsNames.map((value) => ({ type: 'dns' as const, value })),
        ...leaf.ipAddresses.map((value) => ({ type: 'ip' as const, value })),
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  return { cert: certificate.toString('pem'), key: await exportKey(keys.privateKey) }
}

async function authorityExtensions(publicKey: webcrypto.CryptoKey, pathLength: number): Promise<x509.Extension[]> {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(publicKey),
  ]
}

function extendedUsage(usage: 'server' | 'client' | 'both'): string[] {
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage
  return { server: [serverAuth], client: [clientAuth], both: [serverAuth, clientAuth] }[usage]
}

function lifetime(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now()
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(now + days * dayMs) }
}

// 127 bits and positive, as RFC 5280 asks (at most 20 octets).
function newSerial(): string {
  const bytes = randomBytes(16)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes.toString('hex')
}

async function exportKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key))
  return `-----BEGIN PRIVATE KEY-----\n${der.toString('base64').replace(/(.{64})(?=.)/g, '$1\n')}\n-----END PRIVATE KEY-----\n`
}

async function importKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' })
  return webcrypto.subtle.importKey('pkcs8', der, algorithm, false, ['sign'])
}
