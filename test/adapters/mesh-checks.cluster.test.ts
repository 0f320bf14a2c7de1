import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { consulChecks } from '../../adapters/consul/consul-checks.js'
import { istioCatalog } from '../../adapters/istio/istio-catalog.js'
import { istioChecks } from '../../adapters/istio/istio-checks.js'
import { kumaChecks } from '../../adapters/kuma/kuma-checks.js'
import { linkerdChecks } from '../../adapters/linkerd/checks/linkerd-checks.js'
import type { Catalog } from '../../adapters/runtime/catalog.js'
import type { MeshChecks } from '../../adapters/runtime/checks/check.js'
import { createCa, issueCertificate, type KeyPair } from '../../certificates/certificate-authority.js'
import type { Finding, Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { base64, definitionYaml, endpointsYaml, secretYaml, webhookYaml } from '../support/certificate-objects.js'
import { startGrantedCluster } from './cluster-grant.js'
import { lookAtMesh } from './look-at-mesh.js'

const dayMs = 86_400_000

// What every mesh is looked at for is shown with Istio; here is what each of the others has of its own.
clusterTest('api', import.meta.url)('the checks of other meshes on a real API server', () => {
  let api: TestCluster
  let grant: Grant
  let folder: string

  beforeAll(async () => {
    ;({ cluster: api, grant } = await startGrantedCluster())
    folder = await mkdtemp(join(tmpdir(), 'mw-checks-'))
  })
  afterAll(async () => {
    await api?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const apply = (...manifests: string[]) => api.kubectl(['apply', '--filename=-'], { input: manifests.join('\n---\n') })
  const namespace = (name: string) => apply(`{ apiVersion: v1, kind: Namespace, metadata: { name: ${name} } }`)
  const look = (checks: MeshChecks, place: string, more: { version?: string; now?: Date; catalog?: Catalog } = {}) =>
    lookAtMesh(checks, { grant, workDir: folder, namespace: place, ...more })
  const messageOf = (findings: readonly Finding[], code: string) => findings.find((finding) => finding.code === code)?.message

  it('Linkerd: nothing is trusted without anchors and issuer', async () => {
    await namespace('linkerd')
    const { codes } = await look(linkerdChecks, 'linkerd')
    expect(codes).toContain('anchors-missing')
    expect(codes).toContain('issuer-missing')
    expect(codes).not.toContain('identity-trusted')
  })

  it('Linkerd: the issuer is signed by an anchor, webhooks serve with what the API server trusts, and all have their time', async () => {
    const anchor = await createCa('root.linkerd.cluster.local')
    const issuer = await leafOf(anchor, 'identity.linkerd.cluster.local', 365)
    const injector = await leafOf(await createCa('injector'), 'linkerd-proxy-injector', 365)
    await apply(...identity(anchor, issuer), ...webhook(injector, injector.cert))
    const { codes, certificates } = await look(linkerdChecks, 'linkerd')
    for (const code of ['identity-trusted', 'webhooks-trusted', 'webhooks-answered', 'certificates-valid']) expect(codes).toContain(code)
    expect(certificates.map(({ use, chain, renewedBy, purpose }) => [use, chain, renewedBy, purpose])).toEqual([
      ['root', 'self-signed', 'you', 'trust anchor'],
      ['issuer', 'signed', 'you', 'issuer of workload certificates'],
      ['webhook', 'not-found', 'helm', 'certificate of the proxy-injector'],
    ])
    expect(certificates[2]?.places).toHaveLength(2)
  })

  it('Linkerd: 60 days before an issuer ends that nobody renews, it is said; once it has ended, it is an error', async () => {
    const soon = await look(linkerdChecks, 'linkerd', { now: new Date(Date.now() + 306 * dayMs) })
    expect(messageOf(soon.findings, 'certificate-ends-soon')).toMatch(/^The issuer of workload certificates .* ends in 5[89] days, on /)
    const before = await look(linkerdChecks, 'linkerd', { now: new Date(Date.now() + 304 * dayMs) })
    expect(before.codes).not.toContain('certificate-ends-soon')
    const late = await look(linkerdChecks, 'linkerd', { now: new Date(Date.now() + 366 * dayMs) })
    expect(late.codes.filter((code) => code === 'certificate-expired')).toHaveLength(2)
    const early = await look(linkerdChecks, 'linkerd', { now: new Date(Date.now() - dayMs) })
    expect(early.codes).toContain('certificate-not-yet-valid')
  })

  it('Linkerd: an issuer of another anchor, and a webhook that serves with another certificate, are errors', async () => {
    const anchor = await createCa('root.linkerd.cluster.local')
    const stranger = await createCa('root.linkerd.cluster.local')
    const injector = await leafOf(await createCa('injector'), 'linkerd-proxy-injector', 365)
    await apply(...identity(anchor, await leafOf(stranger, 'identity.linkerd.cluster.local', 365)), ...webhook(injector, stranger.cert))
    const { codes } = await look(linkerdChecks, 'linkerd')
    expect(codes).toContain('issuer-not-anchored')
    expect(codes).toContain('issuer-not-trusted')
    expect(codes).toContain('webhook-not-trusted')
    expect(codes).not.toContain('identity-trusted')
  })

  it('Linkerd: a key that the proxies cannot read, and a text that is no certificate, are named', async () => {
    await apply(configMap('linkerd/linkerd-identity-trust-roots', 'ca-bundle.crt', rsaRoot))
    const rsa = await look(linkerdChecks, 'linkerd')
    expect(messageOf(rsa.findings, 'key-not-supported')).toBe('CN=rsa root has a key of the kind RSA 2048.')
    await apply(configMap('linkerd/linkerd-identity-trust-roots', 'ca-bundle.crt', 'soon'))
    const broken = await look(linkerdChecks, 'linkerd')
    expect(messageOf(broken.findings, 'certificate-unreadable')).toBe(
      'ConfigMap linkerd/linkerd-identity-trust-roots holds something in data.ca-bundle.crt that is no certificate.',
    )
  })

  it('Kuma: the mesh "default", and how many proxies and zones are connected', async () => {
    const kuma = (plural: string, kind: string, scope: string) =>
      definitionYaml({ plural, kind, group: 'kuma.io', version: 'v1alpha1', scope })
    await namespace('kuma-system')
    await apply(kuma('meshes', 'Mesh', 'Cluster'), kuma('dataplaneinsights', 'DataplaneInsight', 'Namespaced'))
    await api.kubectl(['wait', '--for=condition=Established', 'crd/meshes.kuma.io', 'crd/dataplaneinsights.kuma.io'])
    const insight = (name: string, subscription: string) =>
      `{ apiVersion: kuma.io/v1alpha1, kind: DataplaneInsight, metadata: { name: ${name}, namespace: default }, status: { subscriptions: [${subscription}] } }`
    await apply(insight('first', '{ connectTime: "2026-11-01T00:00:00Z" }'))
    await apply(insight('second', '{ connectTime: "2026-11-01T00:00:00Z", disconnectTime: "2026-11-02T00:00:00Z" }'))
    const ill = await look(kumaChecks, 'kuma-system')
    expect(ill.codes).toContain('default-mesh-missing')
    expect(ill.findings.find(({ code }) => code === 'not-connected')).toMatchObject({
      message: '1 of 2 data-plane proxies are connected.',
      cause: 'Not connected: default/second.',
    })
    const { cert, key } = await createCa('kuma-cp')
    await apply(
      '{ apiVersion: kuma.io/v1alpha1, kind: Mesh, metadata: { name: default } }',
      insight('second', '{ connectTime: "2026-11-03T00:00:00Z" }'),
    )
    await apply(
      secretYaml('kuma-system/kuma-tls-cert', { 'ca.crt': cert, 'tls.key': key }, { annotations: 'meta.helm.sh/release-name: kuma' }),
    )
    const well = await look(kumaChecks, 'kuma-system')
    for (const code of ['default-mesh', 'dataplanes-online', 'zones-online']) expect(well.codes).toContain(code)
    expect(messageOf(well.findings, 'dataplaneinsights')).toBe('2 of 2 data-plane proxies are connected.')
    expect(well.certificates).toMatchObject([{ use: 'root', renewedBy: 'helm', subject: 'CN=kuma-cp' }])
  })

  it('Istio: faults that istiod found are told; where it does not look for them, that is told', async () => {
    await namespace('istio-system')
    await apply(definitionYaml({ plural: 'gateways', kind: 'Gateway', group: 'networking.istio.io', version: 'v1' }))
    await api.kubectl(['wait', '--for=condition=Established', 'crd/gateways.networking.istio.io'])
    const told = (level: string) =>
      `{ type: { name: ReferencedResourceNotFound, code: IST0101 }, level: ${level}, documentationUrl: "https://istio.io/IST0101" }`
    await apply(
      `{ apiVersion: networking.istio.io/v1, kind: Gateway, metadata: { name: web, namespace: default }, status: { validationMessages: [${told('ERROR')}, ${told('INFO')}] } }`,
    )
    const blind = await look(istioChecks, 'istio-system', { catalog: istioCatalog })
    expect(messageOf(blind.findings, 'config-fault')).toBe('Gateway default/web: ReferencedResourceNotFound (IST0101).')
    expect(blind.codes.filter((code) => code === 'config-fault')).toHaveLength(1)
    const notAnalysed = 'Whether the configuration has faults that Istio would find is not looked at.'
    expect(blind.findings.map(({ message }) => message)).toContain(notAnalysed)
    await apply(
      '{ apiVersion: apps/v1, kind: Deployment, metadata: { name: istiod, namespace: istio-system, labels: { app: istiod } }, spec: { selector: { matchLabels: { app: istiod } }, template: { metadata: { labels: { app: istiod } }, spec: { containers: [{ name: discovery, image: "example.com/pilot:1", env: [{ name: PILOT_ENABLE_ANALYSIS, value: "true" }] }] } } } }',
      '{ apiVersion: networking.istio.io/v1, kind: Gateway, metadata: { name: web, namespace: default }, status: { validationMessages: [] } }',
    )
    const seeing = await look(istioChecks, 'istio-system', { catalog: istioCatalog })
    expect(seeing.codes).toContain('config-analysed')
    expect(seeing.findings.map(({ message }) => message)).not.toContain(notAnalysed)
  })

  it('Consul: every configuration entry has reached the servers', async () => {
    await namespace('consul')
    await apply(definitionYaml({ plural: 'servicedefaults', kind: 'ServiceDefaults', group: 'consul.hashicorp.com', version: 'v1alpha1' }))
    await api.kubectl(['wait', '--for=condition=Established', 'crd/servicedefaults.consul.hashicorp.com'])
    const entry = (name: string, condition: string) =>
      `{ apiVersion: consul.hashicorp.com/v1alpha1, kind: ServiceDefaults, metadata: { name: ${name}, namespace: default }, status: { conditions: [${condition}] } }`
    await apply(entry('web', '{ type: Synced, status: "True" }'))
    await apply(entry('api', '{ type: Synced, status: "False", reason: ConsulAgentError, message: no leader }'), entry('new', ''))
    const ill = await look(consulChecks, 'consul')
    const waiting = ill.findings.filter(({ code }) => code === 'not-synced').map(({ message, cause }) => [message, cause])
    expect(waiting).toEqual([
      ['ServiceDefaults default/api has not reached Consul.', 'ConsulAgentError: no leader'],
      ['ServiceDefaults default/new has not reached Consul.', 'Its controller has not said anything about it yet.'],
    ])
    await apply(entry('api', '{ type: Synced, status: "True" }'), entry('new', '{ type: Synced, status: "True" }'))
    const root = await createCa('Consul CA')
    await apply(
      secretYaml('consul/consul-ca-cert', { 'tls.crt': root.cert }),
      secretYaml('consul/consul-server-cert', { 'tls.crt': (await leafOf(root, 'server', 90)).cert }),
    )
    const well = await look(consulChecks, 'consul')
    expect(well.codes).toContain('entries-synced')
    expect(well.findings.map(({ message }) => message)).toContain('Whether the servers have a leader is not looked at.')
    expect(well.certificates).toMatchObject([
      { use: 'root', renewedBy: 'you' },
      { use: 'server', renewedBy: 'helm', chain: 'signed' },
    ])
  })
})

function leafOf(ca: KeyPair, commonName: string, days: number): Promise<KeyPair> {
  return issueCertificate(ca, { commonName, dnsNames: [commonName], ipAddresses: [], days })
}

function configMap(place: string, key: string, text: string): string {
  const [namespace, name] = place.split('/')
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name }, data: { [key]: text } })
}

function identity(anchor: KeyPair, issuer: KeyPair): string[] {
  return [
    configMap('linkerd/linkerd-identity-trust-roots', 'ca-bundle.crt', anchor.cert),
    secretYaml('linkerd/linkerd-identity-issuer', { 'tls.crt': issuer.cert, 'tls.key': issuer.key }, { type: 'kubernetes.io/tls' }),
  ]
}

function webhook(serving: KeyPair, trusted: string): string[] {
  const service = 'linkerd/linkerd-proxy-injector'
  return [
    endpointsYaml(service, { ready: true }),
    secretYaml(`${service}-k8s-tls`, { 'tls.crt': serving.cert, 'tls.key': serving.key }, { type: 'kubernetes.io/tls' }),
    webhookYaml({ name: 'linkerd-proxy-injector-webhook-config', service, caBundle: base64(trusted), policy: 'Ignore' }),
  ]
}

// Made once with openssl, for our own library makes P-256 only; its key was thrown away.
const rsaRoot = `-----BEGIN CERTIFICATE-----
MIIDCTCCAfGgAwIBAgIUDO3JPyNq44vguylju1kB9DvkTZowDQYJKoZIhvcNAQEL
BQAwEzERMA8GA1UEAwwIcnNhIHJvb3QwIBcNMjYxMTI1MDMyNzQ2WhgPMjEyNjEx
MDEwMzI3NDZaMBMxETAPBgNVBAMMCHJzYSByb290MIIBIjANBgkqhkiG9w0BAQEF
AAOCAQ8AMIIBCgKCAQEAwown2rWPA/Hy7/fPH4hA9GSlv3us7jbBzeI1G9uwrPFc
fWoACdJEgIN1NGPnjSC17Vq5VdEW3DrFvyXvQheyXZUdnp5VhmifVIhwmPRHHM3z
dcBqLu2+/UZrf4a2/Mvj073cSKNycvKIJ/m/lzbvdM+SV/BOb7fdDswQYh0otoJH
1NfID0hNP+rPnJsCPEfBfN2EfEjf8so53q8s8GiV5Rl6oQC5kWQmW1KpvgsN4j1q
nAsPjfzYn8Y2HJi91FCve4TcEjR4UzA8TVilyn+hJBUENZzVtbwwcn9XbbRff87H
bXSa6jw/lvpX/A5aJFOk7t/0v9YrSKYyaLnreP8e8wIDAQABo1MwUTAdBgNVHQ4E
FgQUFlBQF2TDwTW2YNKnNmJ82QmwaYMwHwYDVR0jBBgwFoAUFlBQF2TDwTW2YNKn
NmJ82QmwaYMwDwYDVR0TAQH/BAUwAwEB/zANBgkqhkiG9w0BAQsFAAOCAQEAljMz
+Gn7V07+4Y+6JzOoOTebU2HqKoJh06fwxbHZ12tD7o0CnKwfcU8zKvFGnDBdhaiv
sP/103WAStuayii6hUD6lJPXSKegwR9i/i9KOXkTqnLFJi5l28LM0f/Es043oB3y
19Fp+Q0KUasrKTGYnLojKXPb/TokdmGMg2NncMULLn3xqiZc8YZofeb9quXI63sx
+IVl4pojYrhKRWEGeylOpqqoW5Aels4k73epC6W2dmnS7lIzbR5T+PiLIbC5BaZF
vEowoAuMZ9tI9suPVFf5WZ2JNZoJIQV/gcB0x4KILQIVFE9xbInPNItY3JKDrVc4
Z/RmU7IKx6WaRs/BIA==
-----END CERTIFICATE-----
`
