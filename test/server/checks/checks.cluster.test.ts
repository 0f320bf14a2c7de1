import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Certificate, CheckReport } from '../../../contract/check-report.js'
import type { Cluster } from '../../../contract/cluster.js'
import type { Event } from '../../../contract/event.js'
import type { Installation } from '../../../contract/installation.js'
import type { Problem } from '../../../contract/problem.js'
import { startApiCluster } from '../../cluster/api-cluster.js'
import { clusterTest } from '../../cluster/cluster-test.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { base64, definitionYaml, endpointsYaml, makePair, secretYaml, webhookYaml } from '../../support/certificate-objects.js'
import { appPodYaml, istiodYaml, podReadyPatch } from '../../support/mesh-objects.js'
import { runCli } from '../../support/run-cli.js'
import { type RunningServer, startServer, waitFor } from '../../support/running-server.js'

interface Items<Item> {
  items: Item[]
}

// A real API server without a node: pods are ready when a test says so.
clusterTest('api', import.meta.url)('the checks of an Istio on a real API server', () => {
  let api: TestCluster
  let server: RunningServer
  let installation: Installation
  let pairs: Record<'mesh' | 'shop' | 'old', Awaited<ReturnType<typeof makePair>>>

  const apply = (...manifests: string[]) => api.kubectl(['apply', '--filename=-'], { input: manifests.join('\n---\n') })
  const findInstallation = async (cluster: string): Promise<Installation> => {
    const { items } = await waitFor(
      () => server.get<Items<Installation>>(`/api/v1/installations?cluster=${cluster}`),
      (page) => page.items.length > 0,
    )
    const [found] = items
    if (found === undefined) throw new Error('no installation')
    return found
  }
  const check = (id = installation.id) => server.post<CheckReport>(`/api/v1/installations/${id}/checks`, undefined)
  const codes = ({ findings }: CheckReport, severity: string) =>
    findings.filter((finding) => finding.severity === severity).map(({ code }) => code)
  const connect = (name: string, kubeconfig: string) => server.post<Cluster>('/api/v1/clusters', { name, kubeconfig })

  beforeAll(async () => {
    ;[api, server] = await Promise.all([startApiCluster(), startServer()])
    const [mesh, shop, old] = await Promise.all([
      makePair({ name: 'mesh', days: 365 }),
      makePair({ name: 'shop', days: 10 }),
      makePair({ name: 'old', days: -1 }),
    ])
    pairs = { mesh, shop, old }
    await apply(istiodYaml, webhookYaml({ name: 'istio-sidecar-injector', service: 'istio-system/istiod', caBundle: '', policy: 'Fail' }))
    const { id } = await connect('lab', api.kubeconfigText)
    installation = await findInstallation(id)
  })
  afterAll(async () => {
    await server?.stop()
    await api?.stop()
  })

  it('name a control plane that is not ready, definitions that are missing, and a webhook that refuses every pod', async () => {
    const report = await check()
    expect(codes(report, 'error')).toEqual(['workload-not-ready', 'definition-missing', 'webhook-without-ca', 'webhook-without-backend'])
    expect(report.findings.find(({ code }) => code === 'definition-missing')?.message).toBe("15 of the mesh's 15 definitions are missing.")
    expect(report.findings.find(({ code }) => code === 'webhook-without-backend')?.cause).toContain('the failure policy is Fail')
    expect(report).toMatchObject({ trigger: 'asked', simulated: false, counts: { error: 4 } })
    const events = await server.get<Items<Event>>('/api/v1/events?kind=checks.done')
    expect(events.items).toMatchObject([{ level: 'error', subject: installation.id, data: { report: report.id, error: 4 } }])
  })

  it('say of each thing that it is well, once it is', async () => {
    const { mesh } = pairs
    await apply(...istioDefinitions(), endpointsYaml('istio-system/istiod', { ready: true }))
    await apply(
      webhookYaml({ name: 'istio-sidecar-injector', service: 'istio-system/istiod', caBundle: base64(mesh.root.cert), policy: 'Fail' }),
      secretYaml('istio-system/istio-ca-secret', { 'ca-cert.pem': mesh.root.cert, 'ca-key.pem': mesh.root.key }),
    )
    await makeReady('istiod-', 'istio-system', 'discovery')
    const report = await waitFor(check, (each) => !codes(each, 'error').includes('workload-not-ready'))
    expect(codes(report, 'error')).toEqual([])
    expect(codes(report, 'warning')).toEqual([])
    expect(codes(report, 'info')).toEqual([
      'control-plane-ready',
      'not-looked-at',
      'definitions-served',
      'webhooks-answered',
      'sidecars-ready',
      'one-mesh-each',
      'beside-others',
      'sidecars-in-step',
      'not-looked-at',
      'certificates-valid',
    ])
    expect(report.certificates).toMatchObject([
      {
        ...{ use: 'root', purpose: 'root of the mesh', subject: 'CN=root of mesh', chain: 'self-signed', keyType: 'ECDSA P-256' },
        ...{ renewedBy: 'control-plane', daysLeft: 3649 },
        places: [
          { object: { kind: 'Secret', namespace: 'istio-system', name: 'istio-ca-secret' }, field: 'data.ca-cert.pem' },
          { object: { kind: 'MutatingWebhookConfiguration' }, field: 'webhooks[0].clientConfig.caBundle' },
        ],
      },
    ])
  })

  it('name a webhook whose Service has endpoints and none of them ready', async () => {
    await apply(endpointsYaml('istio-system/istiod', { ready: false }))
    expect(codes(await check(), 'error')).toEqual(['webhook-without-backend'])
    await apply(endpointsYaml('istio-system/istiod', { ready: true }))
  })

  it('name another mesh whose webhooks keep pods of this one from being made, or only could', async () => {
    const name = 'consul-connect-injector'
    const all = webhookYaml({ name, service: 'consul/injector', caBundle: '', policy: 'Fail' })
      .replace('never: matches', 'app: istiod')
      .replace(`name: ${name} }`, `name: ${name}, annotations: { meta.helm.sh/release-name: consul } }`)
    await apply(all)
    const silent = await check()
    expect(codes(silent, 'error')).toEqual(['foreign-webhook-unanswered'])
    expect(silent.findings.find(({ code }) => code === 'foreign-webhook-unanswered')?.remedy).toContain(
      'mesh run consul remove-webhooks --namespace consul',
    )
    await apply('{ apiVersion: v1, kind: Namespace, metadata: { name: consul } }', endpointsYaml('consul/injector', { ready: true }))
    const alive = await check()
    expect([codes(alive, 'error'), codes(alive, 'info')]).toEqual([[], expect.arrayContaining(['beside-others', 'foreign-webhook'])])
    await api.kubectl(['delete', 'mutatingwebhookconfiguration', name])
  })

  it('name sidecars that are not ready, too old, or ahead of the control plane', async () => {
    await apply('{ apiVersion: v1, kind: Namespace, metadata: { name: shop } }')
    for (const [name, sidecar] of Object.entries({ old: '1.27.0', ahead: '1.31.0', behind: '1.29.6', same: '1.30.3-distroless' })) {
      await api.kubectl(['apply', '--namespace=shop', '--filename=-'], { input: appPodYaml(name, { sidecar }) })
      await makeReady(name, 'shop', name === 'same' ? 'app' : 'istio-proxy')
    }
    const report = await check()
    // Unlike the checks, the groups of pods within one come in no order.
    expect(codes(report, 'warning').sort()).toEqual(['sidecar-ahead', 'sidecar-not-ready', 'sidecar-too-old'])
    expect(report.findings.find(({ code }) => code === 'sidecar-not-ready')?.message).toContain('1 sidecar is not ready: shop/same.')
    expect(report.findings.find(({ code }) => code === 'sidecar-too-old')?.message).toContain('1 sidecar (shop/old) run 1.27.0')
    expect(codes(report, 'info')).toContain('sidecar-behind')
    await api.kubectl(['delete', 'pods', '--namespace=shop', '--all', '--force', '--grace-period=0'])
  })

  it('name namespaces that ask for two meshes, and pods that have two proxies', async () => {
    const status = "{ sidecar.istio.io/status: '{}' }"
    const both = "{ sidecar.istio.io/status: '{}', linkerd.io/proxy-version: edge-26.8.3 }"
    const pod = (name: string, annotations: string) =>
      `{ apiVersion: v1, kind: Pod, metadata: { name: ${name}, namespace: both, annotations: ${annotations} }, spec: { containers: [{ name: app, image: app }] } }`
    await apply(
      '{ apiVersion: v1, kind: Namespace, metadata: { name: both, labels: { istio-injection: enabled }, annotations: { linkerd.io/inject: enabled } } }',
      pod('one', status),
      pod('two', both),
    )
    const report = await check()
    expect(codes(report, 'error')).toEqual(['two-injectors', 'two-proxies'])
    const [injectors, proxies] = report.findings.filter(({ severity }) => severity === 'error')
    expect(injectors?.message).toContain('istio-injection=enabled and, for Linkerd, linkerd.io/inject=enabled')
    expect(proxies?.message).toBe('1 pod has a proxy of Linkerd beside the one of this mesh: Pod both/two.')
    await api.kubectl(['delete', 'namespace', 'both', '--wait=false'])
    await api.kubectl(['delete', 'pods', '--namespace=both', '--all', '--force', '--grace-period=0'])
    await waitFor(check, (each) => !codes(each, 'error').includes('two-injectors'))
  })

  it('find the credential of a gateway beside its pods, what cert-manager renews, and what has ended', async () => {
    const { shop, old, mesh } = pairs
    await apply(
      '{ apiVersion: v1, kind: Namespace, metadata: { name: ingress } }',
      '{ apiVersion: v1, kind: Pod, metadata: { name: gateway, namespace: ingress, labels: { edge: shop } }, spec: { containers: [{ name: istio-proxy, image: auto }] } }',
      '{ apiVersion: networking.istio.io/v1, kind: Gateway, metadata: { name: shop, namespace: default }, spec: { selector: { edge: shop }, servers: [{ tls: { mode: SIMPLE, credentialName: shop-cert } }] } }',
      secretYaml('ingress/shop-cert', { 'tls.crt': shop.leaf.cert, 'tls.key': shop.leaf.key }, { type: 'kubernetes.io/tls' }),
      secretYaml('istio-system/istiod-tls', { 'tls.crt': old.leaf.cert, 'tls.key': old.leaf.key }, { type: 'kubernetes.io/tls' }),
      secretYaml(
        'istio-system/renewed',
        { 'tls.crt': mesh.leaf.cert, 'tls.key': mesh.leaf.key },
        { type: 'kubernetes.io/tls', annotations: 'cert-manager.io/certificate-name: renewed' },
      ),
    )
    const report = await check()
    expect(codes(report, 'error')).toEqual(['certificate-expired'])
    expect(report.findings.find(({ code }) => code === 'certificate-expired')?.message).toContain('(CN=old) ended on')
    const { items } = await server.get<Items<Certificate>>(`/api/v1/certificates?installation=${installation.id}`)
    expect(items.map(({ subject, use, chain, renewedBy }) => [subject, use, chain, renewedBy])).toEqual([
      ['CN=old', 'server', 'not-found', 'you'],
      ['CN=shop', 'gateway', 'not-found', 'you'],
      ['CN=mesh', 'server', 'signed', 'cert-manager'],
      ['CN=root of mesh', 'root', 'self-signed', 'control-plane'],
    ])
    expect(items[2]?.signedBy).toBe(items[3]?.fingerprint)
    expect(items[0]?.daysLeft).toBe(-2)
  })

  it('keep no private key: not in an answer, not in the database, not in the log', async () => {
    const keys = Object.values(pairs).flatMap(({ root, leaf }) => [root.key, leaf.key])
    const texts = [
      JSON.stringify(await check()),
      (await readFile(join(server.dataDir, 'meshwright.db'))).toString('latin1'),
      (await readFile(join(server.dataDir, 'meshwright.db-wal'))).toString('latin1'),
      server.log.join('\n'),
    ].join('\n')
    expect(texts).toContain('CN=root of mesh')
    for (const key of keys) {
      // Any line of the PEM, and the same as a Secret has it.
      const [, line = ''] = key.split('\n')
      expect(line.length).toBeGreaterThan(40)
      expect(texts).not.toContain(line)
      expect(texts).not.toContain(base64(key).slice(100, 160))
    }
  })

  it('say what may not be read, and never that it is well', async () => {
    await apply(limitedRole)
    const { id } = await connect('limited', await api.clientFor({ user: 'limited' }))
    const report = await check((await findInstallation(id)).id)
    expect(codes(report, 'warning')).toEqual([...Array(4).fill('not-readable'), 'certificates-not-readable'])
    expect(report.findings.flatMap(({ code, message }) => (code === 'not-readable' ? [message] : []))).toEqual([
      'It is not known whether the objects of its releases are there.',
      'It is not known whether the webhooks of the mesh are answered.',
      'It is not known whether webhooks of another mesh are asked about pods of this one.',
      'It is not known whether istiod has found faults in the configuration.',
    ])
    expect(report.findings.find(({ code }) => code === 'certificates-not-readable')?.message).toContain(
      'Secret istio-system/istio-ca-secret',
    )
    expect(codes(report, 'info')).toEqual([
      'control-plane-ready',
      'definitions-served',
      'sidecars-ready',
      'one-mesh-each',
      'sidecars-in-step',
    ])
    expect(report.certificates).toEqual([])
  })

  it('are printed by the command line, which exits 1 when something does not work', async () => {
    const run = (...argv: string[]) => runCli([...argv, '--server', server.url], { dataDir: server.dataDir })
    const ill = await run('mesh', 'check', 'istio', '--cluster', 'lab')
    expect([ill.exitCode, ill.stdout]).toEqual([1, expect.stringContaining('× The certificate in the mesh')])
    expect(ill.stdout).toContain('1 errors, ')
    await api.kubectl(['delete', 'secret', 'istiod-tls', '--namespace=istio-system'])
    const well = await run('mesh', 'check', '--cluster', 'lab')
    expect([well.exitCode, well.stdout]).toEqual([0, expect.stringContaining('√ Every workload of the mesh is ready.')])
    const list = await run('certificates', '--cluster', 'lab', '-o', 'wide')
    expect(list.stdout).toMatch(/istio +lab +root +3649 /)
    expect((await run('mesh', 'check', 'kuma')).exitCode).toBe(2)
  })

  it('are kept over a restart, newest first, and only of installations that are there', async () => {
    const newest = await check()
    const { dataDir } = server
    const before = await server.get<Items<Certificate>>(`/api/v1/certificates?installation=${installation.id}`)
    await server.kill()
    server = await startServer({ dataDir })
    await findInstallation(installation.cluster)
    const { items } = await server.get<Items<CheckReport>>(`/api/v1/installations/${installation.id}/checks?limit=2`)
    expect(items).toHaveLength(2)
    expect(items[0]).toMatchObject({ id: newest.id, counts: newest.counts })
    expect(await server.get(`/api/v1/certificates?installation=${installation.id}`)).toEqual(before)
    const gone = await server.call<Problem>('GET', '/api/v1/installations/nothing/checks')
    expect(gone).toMatchObject({ status: 404, body: { code: 'not-found' } })
  })

  async function makeReady(name: string, namespace: string, container: string): Promise<void> {
    const pods = await waitFor(
      async () =>
        (await api.kubectl(['get', 'pods', `--namespace=${namespace}`, '--output=name']))
          .split('\n')
          .filter((pod) => pod.startsWith(`pod/${name}`)),
      (found) => found.length > 0,
    )
    for (const pod of pods)
      await api.kubectl([
        'patch',
        pod,
        `--namespace=${namespace}`,
        '--subresource=status',
        '--type=merge',
        `--patch=${podReadyPatch(container)}`,
      ])
  }
})

const plurals: Record<string, string[]> = {
  'networking.istio.io': [
    ...['destinationrules', 'envoyfilters', 'gateways', 'proxyconfigs', 'serviceentries', 'sidecars'],
    ...['virtualservices', 'workloadentries', 'workloadgroups'],
  ],
  'security.istio.io': ['authorizationpolicies', 'peerauthentications', 'requestauthentications'],
  'telemetry.istio.io': ['telemetries'],
  'extensions.istio.io': ['trafficextensions', 'wasmplugins'],
}

function istioDefinitions(): string[] {
  const kindOf = (plural: string) => plural.charAt(0).toUpperCase() + plural.slice(1).replace(/s$/, '')
  return Object.entries(plurals).flatMap(([group, names]) => names.map((plural) => definitionYaml({ plural, group, kind: kindOf(plural) })))
}

// What shows a mesh, and neither Secrets and ConfigMaps nor webhooks.
const limitedRole = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: limited }
rules:
- { apiGroups: [""], resources: [pods, namespaces, events], verbs: [get, list, watch] }
- { apiGroups: [apps], resources: ["*"], verbs: [get, list, watch] }
- { apiGroups: [apiextensions.k8s.io], resources: [customresourcedefinitions], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: limited }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: limited }
subjects: [{ kind: User, name: limited, apiGroup: rbac.authorization.k8s.io }]
`
