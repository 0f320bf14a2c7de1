import { createPrivateKey, X509Certificate } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createCa, type KeyPair } from './certificate-authority.js'

const renewBeforeMs = 30 * 86_400_000

/**
 * The authority kept in `folder` (ca.crt, ca.key 0600), made at first use. One that has run out or whose files do not belong
 * together is replaced: it signs only short-lived leaves of this process, so nobody else loses anything.
 */
export async function keepCa(folder: string): Promise<KeyPair> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [cert, key] = await Promise.all([readOrEmpty(join(folder, 'ca.crt')), readOrEmpty(join(folder, 'ca.key'))])
  if (isUsable(cert, key)) return { cert, key }
  const ca = await createCa('Meshwright broker')
  await replaceFile(join(folder, 'ca.key'), ca.key)
  await replaceFile(join(folder, 'ca.crt'), ca.cert)
  return ca
}

function isUsable(cert: string, key: string): boolean {
  try {
    const certificate = new X509Certificate(cert)
    return (
      certificate.ca && certificate.checkPrivateKey(createPrivateKey(key)) && Date.parse(certificate.validTo) - Date.now() > renewBeforeMs
    )
  } catch {
    // Not PEM, or empty: as good as missing.
    return false
  }
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}
