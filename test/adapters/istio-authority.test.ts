import { beforeAll, describe, expect, it } from 'vitest'
import { judgeCacerts } from '../../adapters/istio/authority/judge-cacerts.js'
import { istioCharts } from '../../adapters/istio/istio-charts.js'
import { soonDays } from '../../adapters/runtime/checks/certificate-findings.js'
import { chooseComponents } from '../../adapters/runtime/components.js'
import type { Scene } from '../../adapters/runtime/mesh-adapter.js'
import { catalogueOnly } from '../../adapters/runtime/offered-versions.js'
import { createCa, issueAuthority, issueCertificate, type KeyPair } from '../../certificates/certificate-authority.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { base64 } from '../support/certificate-objects.js'

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000)

const secretOf = (texts: Record<string, string>): KubeObject => {
  const data = Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, base64(text)]))
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'cacerts', namespace: 'istio-system' }, data } as KubeObject
}

let root: KeyPair
let authority: KeyPair

beforeAll(async () => {
  root = await createCa('root of all', { signsAuthorities: true })
  authority = await issueAuthority(root, { commonName: 'istio here', days: 365 })
})

const whole = () => ({
  ...{ 'ca-cert.pem': authority.cert, 'ca-key.pem': authority.key },
  ...{ 'root-cert.pem': root.cert, 'cert-chain.pem': authority.cert },
})

describe('The Secret cacerts', () => {
  const said = (texts: Record<string, string>, now = inDays(0)) =>
    judgeCacerts(secretOf(texts), now).map(({ code, message }) => `${code}: ${message}`)
  const codes = (texts: Record<string, string>, now = inDays(0)) => judgeCacerts(secretOf(texts), now).map(({ code }) => code)

  it('is used when its key fits and signatures lead to its root, as Istio or as cert-manager lays it out', async () => {
    expect(said(whole())).toEqual([expect.stringMatching(/^cacerts-used: istiod signs with CN=istio here of the Secret cacerts, until /)])
    expect(codes({ 'tls.crt': authority.cert, 'tls.key': authority.key, 'ca.crt': root.cert })).toEqual(['cacerts-used'])
    const itself = await createCa('both in one')
    const alone = { 'ca-cert.pem': itself.cert, 'ca-key.pem': itself.key, 'root-cert.pem': itself.cert, 'cert-chain.pem': '' }
    expect(codes(alone)).toEqual(['cacerts-used'])
  })

  it('is refused when something is missing or cannot be read, and told what', () => {
    const { 'ca-key.pem': _key, 'cert-chain.pem': _chain, ...rest } = whole()
    expect(said(rest)).toEqual(['cacerts-incomplete: Secret cacerts has no ca-key.pem, no cert-chain.pem.'])
    expect(said({ ...whole(), 'root-cert.pem': 'none' })).toEqual(['cacerts-unreadable: root-cert.pem of Secret cacerts cannot be read.'])
    expect(said({ ...whole(), 'ca-key.pem': 'none' })).toEqual(['cacerts-unreadable: ca-key.pem of Secret cacerts cannot be read.'])
  })

  it('is refused when its key is of another, it may sign nothing, or no signature leads to its root', async () => {
    expect(codes({ ...whole(), 'ca-key.pem': root.key })).toEqual(['cacerts-key-differs'])
    const other = await createCa('another root')
    expect(said({ ...whole(), 'root-cert.pem': other.cert })).toEqual([
      'cacerts-chain-broken: No signature leads from CN=istio here to a root: proxies would not trust what istiod signs.',
    ])
    const leaf = await issueCertificate(root, { commonName: 'leaf', dnsNames: ['leaf.example'], ipAddresses: [] })
    expect(codes({ ...whole(), 'ca-cert.pem': leaf.cert, 'ca-key.pem': leaf.key })).toEqual(['cacerts-not-authority'])
  })

  it('is refused when something on the way to the root has ended, and warned of 60 days before', () => {
    expect(codes(whole(), inDays(310))).toEqual(['cacerts-used', 'cacerts-end-soon'])
    // As for every issuer that nobody renews: what is said of one is said of the other, from the same day on.
    expect(codes(whole(), inDays(365 - soonDays - 1))).toEqual(['cacerts-used'])
    expect(codes(whole(), inDays(365 - soonDays + 1))).toEqual(['cacerts-used', 'cacerts-end-soon'])
    expect(codes(whole(), inDays(366))).toEqual(['cacerts-expired'])
    expect(codes(whole(), inDays(-1))).toEqual(['cacerts-not-yet-valid', 'cacerts-not-yet-valid'])
  })
})

describe('Who signs for Istio', () => {
  const istioCsr = {
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'cert-manager-istio-csr', namespace: 'security' } },
    spec: { ports: [{ port: 443 }] },
  } as KubeObject
  const metrics = { ...istioCsr, metadata: { name: 'metrics', namespace: 'security' }, spec: { ports: [{ port: 9402 }] } } as KubeObject

  const sceneOf = ({ secret, services = [] }: { secret?: KubeObject; services?: KubeObject[] }) =>
    ({
      session: {
        get: async ({ name }: { name: string }) => (name === 'cacerts' ? secret : undefined),
        list: async ({ kind }: { kind: string }) => (kind === 'Service' ? services : []),
      },
    }) as unknown as Scene

  const install = async (params: Record<string, string>, scene: Scene, values: Record<string, never> | object = {}) => {
    const [version] = catalogueOnly(istioCharts.catalog)
    if (version === undefined) throw new Error('Istio has no versions')
    const parameters = { params, components: { ztunnel: {}, istiod: { values: values as never } } }
    const chosen = chooseComponents(istioCharts.catalog, parameters, { ...version, namespace: 'istio-system' })
    const place = { namespace: 'istio-system', revision: 'default', components: ['cni'], params }
    const instances = await Promise.all(chosen.map((each) => istioCharts.place?.(each, place, scene) ?? each))
    const findings = await istioCharts.check?.(scene, { ...place, version, instances })
    const valuesOf = (name: string) => instances.find((each) => each.name === name)?.values
    const codes = findings?.map(({ code }) => code).filter((code) => code !== 'ambient-needs-node-agent')
    return { codes, istiod: valuesOf('istiod'), ztunnel: valuesOf('ztunnel') }
  }

  it('is istiod itself by default, by a Secret that is there already too', async () => {
    expect((await install({}, sceneOf({}))).codes).toEqual([])
    expect((await install({}, sceneOf({ secret: secretOf(whole()) }))).codes).toEqual(['cacerts-used'])
  })

  it('can be a Secret cacerts, which has to be there before', async () => {
    expect((await install({ ca: 'cacerts' }, sceneOf({}))).codes).toEqual(['cacerts-absent'])
    expect((await install({ ca: 'cacerts' }, sceneOf({ secret: secretOf({}) }))).codes).toEqual(['cacerts-incomplete'])
    expect((await install({ ca: 'cacerts' }, sceneOf({ secret: secretOf(whole()) }))).codes).toEqual(['cacerts-used'])
  })

  it('can be istio-csr, which istiod and the ambient proxy are told of, wherever it is', async () => {
    const { codes, istiod, ztunnel } = await install({ ca: 'cert-manager' }, sceneOf({ services: [metrics, istioCsr] }))
    const caAddress = 'cert-manager-istio-csr.security.svc:443'
    expect(codes).toEqual(['istio-csr-used', 'istio-csr-trusts-nodes'])
    expect(istiod).toMatchObject({ global: { caAddress }, pilot: { env: { ENABLE_CA_SERVER: 'false' } } })
    expect(ztunnel).toMatchObject({ caAddress })
    const own = { global: { caAddress: 'elsewhere.example:443' } }
    expect((await install({ ca: 'cert-manager' }, sceneOf({ services: [istioCsr] }), own)).istiod).toMatchObject(own)
    expect((await install({}, sceneOf({ secret: secretOf({}) }), own)).codes).toEqual([])
  })

  it('is not the Secret cacerts where the values name somebody outside: refused, with or without the Secret', async () => {
    const own = { global: { caAddress: 'elsewhere.example:443' } }
    expect((await install({ ca: 'cacerts' }, sceneOf({}), own)).codes).toEqual(['cacerts-unused'])
    expect((await install({ ca: 'cacerts' }, sceneOf({ secret: secretOf(whole()) }), own)).codes).toEqual(['cacerts-unused'])
  })

  it('is nobody where istio-csr is asked for and is not there: refused', async () => {
    const { codes, istiod } = await install({ ca: 'cert-manager' }, sceneOf({ services: [metrics] }))
    expect(codes).toEqual(['istio-csr-absent'])
    expect(istiod).not.toHaveProperty('global')
  })
})
