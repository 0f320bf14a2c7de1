import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as x509 from '@peculiar/x509'

/** A certificate and its key, PEM. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

export interface Subject {
  readonly user: string
  readonly groups?: readonly string[]
  /** Names and IP addresses of a server; a subject with any is good for serving too. */
  readonly serves?: { readonly names: readonly string[]; readonly addresses: readonly string[] }
}

/** A certificate authority that lives in memory. */
export interface Authority {
  readonly certificate: string
  readonly key: string
  issue(subject: Subject): Promise<Identity>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const hourMs = 3_600_000
const { clientAuth, serverAuth } = x509.ExtendedKeyUsage
x509.cryptoProvider.set(webcrypto)

/** Makes a P-256 authority; certificates are good from an hour ago (clocks differ) for ten days. */
export async function createAuthority(name: string): Promise<Authority> {
  const keys = await generateKeys()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    keys,
    ...validity(),
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  })
  return {
    certificate: certificate.toString('pem'),
    key: await privatePem(keys),
    issue: (subject) => issue(certificate, keys.privateKey, subject),
  }
}

/** A key pair without certificate, PEM: signs and checks service account tokens. */
export async function createSigningKey(): Promise<{ privateKey: string; publicKey: string }> {
  const keys = await generateKeys()
  const publicKey = await webcrypto.subtle.exportKey('spki', keys.publicKey)
  return { privateKey: await privatePem(keys), publicKey: x509.PemConverter.encode(publicKey, 'PUBLIC KEY') }
}

/** Writes `<name>.crt` and `<name>.key`, the key readable by the owner only. */
export async function writeIdentity(folder: string, name: string, identity: Identity): Promise<void> {
  await writeFile(join(folder, `${name}.crt`), identity.certificate)
  await writeFile(join(folder, `${name}.key`), identity.key, { mode: 0o600 })
}

async function issue(authority: x509.X509Certificate, signingKey: webcrypto.CryptoKey, subject: Subject): Promise<Identity> {
  const keys = await generateKeys()
  const groups = (subject.groups ?? []).map((group) => ({ O: [group] }))
  const extensions: x509.Extension[] = [
    new x509.BasicConstraintsExtension(false),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension(subject.serves ? [clientAuth, serverAuth] : [clientAuth]),
  ]
  if (subject.serves) {
    const names = subject.serves.names.map((value) => ({ type: 'dns' as const, value }))
    const addresses = subject.serves.addresses.map((value) => ({ type: 'ip' as const, value }))
    extensions.push(new x509.SubjectAlternativeNameExtension([...names, ...addresses]))
  }
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [...groups, { CN: [subject.user] }],
    issuer: authority.subject,
    publicKey: keys.publicKey,
    signingKey,
    ...validity(),
    signingAlgorithm: algorithm,
    extensions,
  })
  return { certificate: certificate.toString('pem'), key: await privatePem(keys) }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
}

async function privatePem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY')
}

function validity(): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(Date.now() - hourMs), notAfter: new Date(Date.now() + 240 * hourMs) }
}
