import { beforeAll, describe, expect, it } from 'vitest'
import { isUpTo } from '../../adapters/linkerd/rotation/proxies.js'
import type { Rotation } from '../../adapters/linkerd/rotation/rotation-state.js'
import { fingerprintsIn, onlyAnchor, withAnchor } from '../../adapters/linkerd/rotation/trust-bundle.js'
import { createCa } from '../../certificates/certificate-authority.js'
import { readCertificates } from '../../certificates/read-certificates.js'

let old: string
let fresh: string
beforeAll(async () => {
  const [one, other] = await Promise.all([createCa('old'), createCa('new')])
  ;[old, fresh] = [one.cert, other.cert]
})
const idOf = (pem: string) => fingerprintsIn(pem)[0] ?? ''

describe('A bundle of trust anchors', () => {
  it('gets the new one at its end, also when its text does not end with its line', () => {
    for (const text of [old, `${old}\n\n`, `\n${old.trimEnd()}`, `# ours\n${old.trimEnd()}`]) {
      const both = withAnchor(text, fresh)
      expect(fingerprintsIn(both)).toEqual([idOf(old), idOf(fresh)])
      expect(both.split('-----BEGIN').length).toBe(3)
      expect(both).toMatch(/-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n$/)
    }
    expect(fingerprintsIn(withAnchor('', fresh))).toEqual([idOf(fresh)])
  })

  it('is left as it is, to the letter, when it holds that one already', () => {
    const text = `# ours\n${fresh}\n\n${old}`
    expect(withAnchor(text, fresh)).toBe(text)
  })

  it('keeps the new one alone, and never gets empty', () => {
    expect(fingerprintsIn(onlyAnchor(withAnchor(old, fresh), idOf(fresh)) ?? '')).toEqual([idOf(fresh)])
    expect(onlyAnchor(old, idOf(fresh))).toBeUndefined()
  })
})

describe('A pod with a proxy', () => {
  const since = '2026-03-01T10:00:00Z'
  const [before, same, after] = ['2026-03-01T09:59:59Z', since, '2026-03-01T10:00:01Z']
  const pod = (creationTimestamp: string, env: object[], where = 'containers') => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', creationTimestamp } },
    spec: { containers: [{ name: 'app' }], [where]: [{ name: 'linkerd-proxy', env }] },
  })
  const literal = (value: string) => [{ name: 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS', value }]
  const fromMap = [{ name: 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS', valueFrom: { configMapKeyRef: { name: 'roots', key: 'k' } } }]
  const rotation = (times: object = { trusted: since, certified: since, forgotten: since }) => {
    const [anchor] = readCertificates(fresh).certificates
    return { note: { trusted: '', certified: '', forgotten: '', ...times }, anchor } as Rotation
  }

  it('trusts what its own text says, whenever it was made', () => {
    for (const time of [before, after])
      for (const where of ['containers', 'initContainers']) {
        expect(isUpTo('trusted', pod(time, literal(old), where), rotation())).toBe(false)
        expect(isUpTo('trusted', pod(time, literal(withAnchor(old, fresh)), where), rotation())).toBe(true)
      }
  })

  it('trusts what was there when it was made, where it has no text of its own', () => {
    for (const env of [fromMap, []])
      expect([before, same, after].map((time) => isUpTo('trusted', pod(time, env), rotation()))).toEqual([false, false, true])
  })

  it('has a certificate of the new issuer when it is younger, and trusts the new anchor', () => {
    const both = literal(withAnchor(old, fresh))
    expect([before, same, after].map((time) => isUpTo('certified', pod(time, both), rotation()))).toEqual([false, false, true])
    expect(isUpTo('certified', pod(after, literal(old)), rotation())).toBe(false)
  })

  it('has forgotten the old anchor when it names the new one alone', () => {
    expect(isUpTo('forgotten', pod(after, literal(withAnchor(old, fresh))), rotation())).toBe(false)
    expect(isUpTo('forgotten', pod(before, literal(fresh)), rotation())).toBe(true)
    expect(isUpTo('forgotten', pod(before, fromMap), rotation())).toBe(false)
  })

  it('is nothing of all that before the control plane has got there', () => {
    for (const stage of ['trusted', 'certified', 'forgotten'] as const)
      expect(isUpTo(stage, pod(after, literal(fresh)), rotation({}))).toBe(false)
  })
})
