import { X509Certificate } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCa, issueAuthority, issueCertificate } from '../../certificates/certificate-authority.js'
import { keepCa } from '../../certificates/certificate-store.js'

const day = 86_400_000
const lifetime = (cert: X509Certificate) => Math.round((Date.parse(cert.validTo) - Date.parse(cert.validFrom)) / day)
const leafRequest = { commonName: 'broker', dnsNames: ['localhost'], ipAddresses: ['127.0.0.1', '::1'] }

describe('an authority of our own', () => {
  it('lives ten years, signs leaves only, with a key on P-256', async () => {
    const ca = new X509Certificate((await createCa()).cert)
    expect([ca.ca, lifetime(ca), ca.publicKey.asymmetricKeyDetails?.namedCurve]).toEqual([true, 3650, 'prime256v1'])
    expect(ca.checkIssued(ca)).toBe(true)
  })

  it('issues leaves of 90 days for names and addresses', async () => {
    const ca = await createCa()
    const issued = await issueCertificate(ca, leafRequest)
    const leaf = new X509Certificate(issued.cert)
    expect([leaf.ca, lifetime(leaf), leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual([
      false,
      90,
      'localhost',
      '127.0.0.1',
      '::1',
    ])
    expect([leaf.checkHost('other'), leaf.keyUsage]).toEqual([undefined, ['1.3.6.1.5.5.7.3.1']])
    expect(leaf.verify(new X509Certificate(ca.cert).publicKey)).toBe(true)
    expect(leaf.verify(new X509Certificate((await createCa()).cert).publicKey)).toBe(false)
    expect(new X509Certificate((await issueCertificate(ca, leafRequest)).cert).serialNumber).not.toBe(leaf.serialNumber)
  })
})

describe('an authority below another', () => {
  it('is signed by a root that may sign authorities, and signs leaves', async () => {
    const root = await createCa('root', { signsAuthorities: true })
    const issued = await issueAuthority(root, { commonName: 'issuer', days: 365 })
    const [above, between] = [new X509Certificate(root.cert), new X509Certificate(issued.cert)]
    expect([between.ca, lifetime(between), between.publicKey.asymmetricKeyDetails?.namedCurve]).toEqual([true, 365, 'prime256v1'])
    expect([between.checkIssued(above), between.verify(above.publicKey)]).toEqual([true, true])
    const leaf = new X509Certificate((await issueCertificate(issued, leafRequest)).cert)
    expect([leaf.checkIssued(between), leaf.verify(between.publicKey), leaf.verify(above.publicKey)]).toEqual([true, true, false])
  })
})

describe('the authority that is kept', () => {
  let folder: string
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'meshwright-ca-')), 'broker')
  })
  afterEach(() => rm(join(folder, '..'), { recursive: true }))

  it('stays the same, and only its owner can read its key', async () => {
    const first = await keepCa(folder)
    expect(await keepCa(folder)).toEqual(first)
    expect((await stat(join(folder, 'ca.key'))).mode & 0o777).toBe(0o600)
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
  })

  it.each([
    ['a damaged certificate', async (path: string) => writeFile(join(path, 'ca.crt'), 'x')],
    ['the key of another one', async (path: string) => writeFile(join(path, 'ca.key'), (await createCa()).key)],
  ])('is made anew instead of %s', async (_title, damage) => {
    const first = await keepCa(folder)
    await damage(folder)
    const second = await keepCa(folder)
    expect(second.cert).not.toBe(first.cert)
    expect(await readFile(join(folder, 'ca.crt'), 'utf8')).toBe(second.cert)
    expect(await issueCertificate(second, leafRequest)).toBeDefined()
  })
})
