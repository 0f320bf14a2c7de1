import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { linkerdChecks } from '../../adapters/linkerd/checks/linkerd-checks.js'
import { linkerdCatalog } from '../../adapters/linkerd/linkerd-catalog.js'
import type { Catalog } from '../../adapters/runtime/catalog.js'
import { createCa } from '../../certificates/certificate-authority.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { eventually } from '../support/eventually.js'
import { findShared } from '../support/missing-tool.js'
import { startGrantedCluster } from './cluster-grant.js'
import { lookAtMesh } from './look-at-mesh.js'

const namespace = 'linkerd'

// `linkerd check` in the parts that are reads of the API: objects as a cluster has them, without a mesh behind them.
clusterTest('api', import.meta.url)('what `linkerd check` looks at', () => {
  let api: TestCluster
  let grant: Grant
  let workDir: string

  beforeAll(async () => {
    ;({ cluster: api, grant } = await startGrantedCluster())
    workDir = await mkdtemp(join(tmpdir(), 'mw-linkerd-'))
    await apply({ kind: 'Namespace', metadata: { name: namespace } })
  })
  afterAll(async () => {
    await api?.stop()
    await rm(workDir, { recursive: true, force: true })
  })

  const apply = (...objects: object[]) =>
    api.kubectl(['apply', '--server-side', '--force-conflicts', '--filename=-'], {
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects.map((object) => ({ apiVersion: 'v1', ...object })) }),
    })
  const status = (kind: string, place: string, value: object) => {
    const [name = '', where] = place.split('/').reverse()
    const flags = [...(where ? [`--namespace=${where}`] : []), '--subresource=status', '--type=merge']
    return api.kubectl(['patch', kind, name, ...flags, `--patch=${JSON.stringify({ status: value })}`])
  }
  const values = (text: string) => apply({ kind: 'ConfigMap', metadata: { namespace, name: 'linkerd-config' }, data: { values: text } })
  const look = async (catalog?: Catalog, version = '1.0.0') => {
    const { findings, codes } = await lookAtMesh(linkerdChecks, { grant, workDir, namespace, version, ...(catalog && { catalog }) })
    return { codes, of: (code: string) => findings.filter((finding) => finding.code === code).map(({ message }) => message) }
  }
  const pod = (name: string, more: { labels?: object; annotations?: object; env?: object[] }) => ({
    kind: 'Pod',
    metadata: {
      namespace: 'default',
      name,
      labels: { 'linkerd.io/control-plane-ns': namespace, ...more.labels },
      annotations: more.annotations,
    },
    spec: {
      containers: [
        { name: 'app', image: 'example.com/app:1', ports: [{ name: 'mysql', containerPort: 3307 }] },
        { name: 'linkerd-proxy', image: 'example.com/proxy:1', env: more.env ?? [] },
      ],
    },
  })

  it('addresses outside the networks that the proxies know are named, once each', async () => {
    await values('clusterNetworks: "10.0.0.0/8,fd00::/8"')
    await apply({ kind: 'Node', metadata: { name: 'far' }, spec: { podCIDR: '192.0.2.0/24', podCIDRs: ['192.0.2.0/24'] } }, pod('far', {}))
    await status('pod', 'default/far', { phase: 'Running', podIPs: [{ ip: '192.0.2.7' }, { ip: 'fd00::7' }] })
    expect((await look()).of('not-in-cluster-networks')).toEqual([
      'Proxies do not know the addresses of Node far (192.0.2.0), Pod default/far (192.0.2.7, fd00::7).',
    ])
    await values('clusterNetworks: "10.0.0.0/8,192.0.2.0/24,fd00::/8"')
    expect((await look()).codes).toContain('cluster-networks')
  })

  it('without values there is nothing to hold addresses against, and that is said; what is no network is named', async () => {
    await values('{')
    const { codes, of } = await look()
    for (const code of ['cluster-networks', 'traffic-redirected', 'highly-available']) expect(codes).not.toContain(code)
    expect(of('not-looked-at')).toContain('Whether the traffic of new pods is redirected is not looked at.')
    await values('clusterNetworks: "10.0.0.0/8,,10.0.0.0/99,192.168.0.1"')
    expect((await look()).of('cluster-networks-unreadable')).toEqual([
      'The value clusterNetworks holds what is no network: "", "10.0.0.0/99", "192.168.0.1".',
    ])
  })

  it('a node agent that the values ask for is there and ready; without it, Docker needs an init container that is root', async () => {
    await values('cniEnabled: true')
    expect((await look()).of('node-agent-missing')).toEqual(['There is no node agent of Linkerd.'])
    const labels = { 'k8s-app': 'linkerd-cni' }
    await apply({
      ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', metadata: { namespace, name: 'linkerd-cni', labels } },
      spec: {
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'cni', image: 'example.com/cni:1' }] } },
      },
    })
    await status('daemonset', `${namespace}/linkerd-cni`, {
      desiredNumberScheduled: 2,
      numberReady: 1,
      currentNumberScheduled: 2,
      numberMisscheduled: 0,
    })
    expect((await look()).of('node-agent-not-ready')).toHaveLength(1)
    await values('cniEnabled: false')
    expect((await look()).codes).toContain('traffic-redirected')
    await status('node', 'far', { nodeInfo: { ...nodeInfo, containerRuntimeVersion: 'docker://20.10.7' } })
    expect((await look()).of('proxy-init-without-root')).toEqual(['Pods on 1 nodes cannot redirect their traffic, such as on far.'])
    await values('proxyInit: { runAsRoot: true }')
    expect((await look()).codes).toContain('traffic-redirected')
  })

  it('one pod of a part is too few where high availability was asked for', async () => {
    const labels = { 'linkerd.io/control-plane-component': 'identity', 'linkerd.io/control-plane-ns': namespace }
    await apply({
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name: 'linkerd-identity', labels } },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'identity', image: 'example.com/identity:1' }] } },
      },
    })
    await values('enablePodAntiAffinity: true')
    expect((await look()).of('not-highly-available')).toEqual([
      'Deployment linkerd/linkerd-identity has 0 available pods, and was to be highly available.',
    ])
    // The controllers are real: they count pods, which nothing runs here.
    const names = async () =>
      (await api.kubectl(['get', 'pods', `--namespace=${namespace}`, '--selector=linkerd.io/control-plane-component', '--output=name']))
        .split('\n')
        .filter(Boolean)
    const pods = await eventually(names, (found) => found.length === 2)
    const ready = { type: 'Ready', status: 'True', lastTransitionTime: new Date().toISOString() }
    for (const name of pods) await status('pod', `${namespace}/${name.slice('pod/'.length)}`, { phase: 'Running', conditions: [ready] })
    await api.kubectl(['wait', '--for=condition=Available', 'deployment/linkerd-identity', `--namespace=${namespace}`, '--timeout=30s'])
    expect((await look()).codes).toContain('highly-available')
  })

  it('settings that stand where nobody reads them are named', async () => {
    await apply(pod('labelled', { labels: { 'config.linkerd.io/skip-inbound-ports': '80' } }))
    await apply({
      ...{ kind: 'Service', metadata: { namespace: 'default', name: 'wide', annotations: { 'mirror.linkerd.io/exported': 'true' } } },
      spec: { ports: [{ port: 80 }] },
    })
    expect((await look()).of('mark-misplaced')).toEqual([
      'A setting of Linkerd stands as label on Pod default/labelled, where nobody reads it.',
      'mirror.linkerd.io/exported stands as annotation on Service default/wide, where nobody reads it.',
    ])
    await api.kubectl(['delete', 'pod/labelled', 'service/wide', '--grace-period=0', '--force'])
    expect((await look()).codes).toContain('marks-in-place')
  })

  it('a port is opaque to callers and to the application alike', async () => {
    const opaque = { 'config.linkerd.io/opaque-ports': '3300-3310' }
    await apply(pod('database', { labels: { app: 'database' } }))
    const service = (annotations: object) => ({
      ...{ kind: 'Service', metadata: { namespace: 'default', name: 'database', annotations } },
      spec: { selector: { app: 'database' }, ports: [{ port: 3306, targetPort: 'mysql' }] },
    })
    await apply(service(opaque))
    expect((await look()).of('opaque-ports-differ')).toEqual([
      'Port 3306 of Service default/database is opaque to Service default/database and not to Pod default/database.',
    ])
    await apply(pod('database', { labels: { app: 'database' }, annotations: opaque }))
    expect((await look()).codes).toContain('opaque-ports')
  })

  it('a proxy that trusts other anchors than the mesh has is named, and one whose anchors cannot be seen is not', async () => {
    const [old, now] = [await createCa('root.linkerd.cluster.local'), await createCa('root.linkerd.cluster.local')]
    const anchors = (text: string) => [{ name: 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS', value: text }]
    await apply(
      { kind: 'ConfigMap', metadata: { namespace, name: 'linkerd-identity-trust-roots' }, data: { 'ca-bundle.crt': now.cert } },
      pod('behind', { env: anchors(old.cert) }),
      pod('in-step', { env: anchors(now.cert + old.cert) }),
    )
    expect((await look()).of('anchors-unknown')).toEqual(['1 pod trusts other anchors than the mesh has: Pod default/behind.'])
  })

  it('what a release brought and somebody deleted is named', async () => {
    const chart = join(findShared() ?? '', 'charts', 'linkerd-crds-2026.8.3.tgz')
    await api.helm(['install', 'linkerd-crds', chart, `--namespace=${namespace}`, '--set=installGatewayAPI=false'])
    const whole = await look(linkerdCatalog)
    expect(whole.codes).toContain('releases-whole')
    await api.kubectl(['delete', 'crd', 'servers.policy.linkerd.io', 'serviceprofiles.linkerd.io'])
    expect((await look(linkerdCatalog)).of('parts-missing')).toEqual([
      '2 of the objects that release linkerd-crds in linkerd brought are gone: CustomResourceDefinition servers.policy.linkerd.io, CustomResourceDefinition serviceprofiles.linkerd.io.',
    ])
  })

  it('the Gateway API is held against the window of the version that is installed, where that is known', async () => {
    const known = await look(linkerdCatalog, 'edge-26.8.3')
    expect(known.of('gateway-api-absent')).toEqual(['Linkerd 2026.8.3 needs the Gateway API, which is not in this cluster.'])
    expect((await look(linkerdCatalog, 'edge-25.1.1')).of('gateway-api-window-unknown')).toEqual([
      'Whether the Gateway API of this cluster fits Linkerd edge-25.1.1 is not known.',
    ])
    await apply(gatewayDefinition('v1.2.0'))
    expect((await look(linkerdCatalog, '26.8.3')).of('gateway-api-older')).toEqual([
      'The Gateway API in this cluster is 1.2.0; Linkerd 2026.8.3 works with >=1.2.1 <1.6.0.',
    ])
    await apply(gatewayDefinition('v1.2.1'))
    expect((await look(linkerdCatalog, '26.8.3')).codes).toContain('gateway-api-fits')
  })

  it('an extension has one namespace, and all that runs there is ready', async () => {
    const labels = { 'linkerd.io/extension': 'multicluster' }
    await apply(
      { kind: 'Namespace', metadata: { name: 'links', labels } },
      { kind: 'Namespace', metadata: { name: 'old-links', labels } },
      {
        ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'links', name: 'mirror-east' } },
        spec: {
          selector: { matchLabels: { app: 'mirror' } },
          template: { metadata: { labels: { app: 'mirror' } }, spec: { containers: [{ name: 'mirror', image: 'example.com/mirror:1' }] } },
        },
      },
    )
    const found = await look(linkerdCatalog)
    expect(found.of('extension-in-several-namespaces')).toEqual(['The extension multicluster has 2 namespaces: links, old-links.'])
    expect(found.of('extension-not-ready')).toEqual([
      expect.stringMatching(/^Deployment links\/mirror-east of the extension multicluster is not ready: /),
    ])
    await api.kubectl(['label', 'namespace', 'old-links', 'linkerd.io/extension-'])
    await api.kubectl(['delete', 'deployment/mirror-east', '--namespace=links'])
    expect((await look(linkerdCatalog)).codes).toContain('extensions-whole')
  })

  it('an API that nobody answers is an error: no namespace can be deleted meanwhile', async () => {
    await apply({
      ...{ apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: 'v1alpha1.tap.linkerd.io' } },
      spec: {
        ...{ group: 'tap.linkerd.io', version: 'v1alpha1', groupPriorityMinimum: 1000, versionPriority: 100, insecureSkipTLSVerify: true },
        service: { namespace: 'linkerd-viz', name: 'tap' },
      },
    })
    expect((await look()).of('api-not-available')).toEqual(['APIService v1alpha1.tap.linkerd.io is not answered.'])
    await api.kubectl(['delete', 'apiservice', 'v1alpha1.tap.linkerd.io'])
    expect((await look()).codes).toContain('apis-available')
  })
})

const nodeInfo = {
  ...{ architecture: 'amd64', bootID: '', containerRuntimeVersion: '', kernelVersion: '', kubeProxyVersion: '', kubeletVersion: 'v1.36.0' },
  ...{ machineID: '', operatingSystem: 'linux', osImage: '', systemUUID: '' },
}

const gatewayDefinition = (bundle: string) => ({
  ...{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' },
  metadata: {
    name: 'gateways.gateway.networking.k8s.io',
    annotations: {
      'api-approved.kubernetes.io': 'https://github.com/kubernetes-sigs/gateway-api/pull/3328',
      'gateway.networking.k8s.io/bundle-version': bundle,
      'gateway.networking.k8s.io/channel': 'standard',
    },
  },
  spec: {
    group: 'gateway.networking.k8s.io',
    scope: 'Namespaced',
    names: { kind: 'Gateway', plural: 'gateways', singular: 'gateway', listKind: 'GatewayList' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
})
