import { describe, expect, it } from 'vitest'
import { addOnObjects, imagesFor } from '../../../adapters/istio/add-ons/add-on-objects.js'
import { addOnNames } from '../../../adapters/istio/istio-add-ons.js'
import type { Installation } from '../../../contract/installation.js'
import type { ClusterProjections } from '../../../server/inventory/cluster-projections.js'
import { detectInstallations } from '../../../server/inventory/detect-installations.js'
import { namespaceMembership } from '../../../server/inventory/namespace-membership.js'
import { projectPod } from '../../../server/kubernetes/projections.js'
import { meshDescriptions as descriptions } from '../../support/mesh-descriptions.js'
import { isMissing } from '../../support/missing-tool.js'
import { byDigest, clusterOf, fromOwnRegistry, type RenderedChart } from '../../support/rendered-charts.js'

// What helm makes of the real charts, as pods and workloads that run, through the code that the server finds meshes with.
// Nothing here holds a Secret: all of it is found without the right to read one.

type Place = Partial<Pick<RenderedChart, 'namespace' | 'image' | 'isTemplate'>>

const istio = (version: string, more: Place & { revision?: string } = {}): RenderedChart[] => {
  const { revision, ...place } = more
  const at = { version, namespace: 'istio-system', ...place }
  const set = revision === undefined ? [] : [`revision=${revision}`]
  return [{ chart: 'istiod', release: `istiod${revision ?? ''}`, set, ...at }]
}
const ambient = (version: string, place: Place = {}): RenderedChart[] => {
  const at = { version, namespace: 'istio-system', ...place }
  return [
    { chart: 'istiod', release: 'istiod', set: ['profile=ambient'], ...at },
    { chart: 'cni', release: 'istio-cni', set: ['profile=ambient'], ...at },
    { chart: 'ztunnel', release: 'ztunnel', ...at },
    { chart: 'gateway', release: 'istio-ingress', ...at, namespace: 'istio-ingress' },
  ]
}
const linkerd = (version: string, place: Place = {}): RenderedChart[] => {
  const keyless = ['identity.externalCA=true', 'identity.issuer.scheme=kubernetes.io/tls']
  const at = { version, namespace: 'linkerd', ...place }
  return [
    { chart: 'linkerd-control-plane', release: 'linkerd-control-plane', set: keyless, ...at },
    { chart: 'linkerd2-cni', release: 'linkerd-cni', ...at, namespace: 'linkerd-cni' },
    { chart: 'linkerd-viz', release: 'linkerd-viz', ...at, namespace: 'linkerd-viz' },
  ]
}
const kuma = (version: string, place: Place = {}): RenderedChart[] => {
  const zone = ['controlPlane.mode=zone', 'controlPlane.zone=one', 'controlPlane.kdsGlobalAddress=grpcs://global:5685']
  const set = [...zone, 'ingress.enabled=true', 'egress.enabled=true', 'cni.enabled=true']
  return [{ chart: 'kuma', version, release: 'kuma', namespace: 'kuma-system', set, ...place }]
}
const consul = (version: string, place: Place = {}): RenderedChart[] => {
  const set = ['global.name=consul', 'meshGateway.enabled=true', 'syncCatalog.enabled=true', 'connectInject.cni.enabled=true']
  return [{ chart: 'consul', version, release: 'consul', namespace: 'consul', set, ...place }]
}
const osm = (version: string, place: Place = {}): RenderedChart[] => {
  const set = ['osm.deployPrometheus=true', 'osm.deployGrafana=true', 'osm.deployJaeger=true']
  return [{ chart: 'osm', version, release: 'osm', namespace: 'osm-system', set, ...place }]
}

const detect = (projections: ClusterProjections): Installation[] =>
  detectInstallations(projections, { descriptions, observedAt: 0, simulated: false, isOurs: () => false })
const components = (found: Installation | undefined) =>
  Object.fromEntries((found?.components ?? []).map(({ component, role, version }) => [component, `${role} ${version}`]))

const rows = [
  ['istio', '1.29.6', ambient, 'istio-system'],
  ['istio', '1.30.3', ambient, 'istio-system'],
  ['linkerd', '2026.6.3', linkerd, 'linkerd'],
  ['linkerd', '2026.8.3', linkerd, 'linkerd'],
  ['kuma', '2.13.10', kuma, 'kuma-system'],
  ['kuma', '2.14.3', kuma, 'kuma-system'],
  ['consul', '1.9.11', consul, 'consul'],
  ['consul', '2.0.3', consul, 'consul'],
  ['osm', '1.2.4', osm, 'osm-system'],
] as const

describe.skipIf(isMissing('helm') || isMissing('shared'))('detection of what helm renders of the real charts', () => {
  describe.each(rows)('%s %s', (mesh, version, charts, namespace) => {
    const isSure = { mesh, version, confidence: 'high', installer: 'helm', health: 'healthy', managed: true }

    it('is found, and nothing but it', () => {
      expect(detect(clusterOf(charts(version)))).toMatchObject([{ ...isSure, namespace, revision: 'default' }])
    })

    it('is found with its images from a registry that has a port', () => {
      // OSM's images have no tag at all; its label tells.
      expect(detect(clusterOf(charts(version, { image: fromOwnRegistry })))).toMatchObject([{ ...isSure, namespace }])
    })

    it('is found in a namespace by another name', () => {
      const [home, ...rest] = charts(version)
      const moved = home ? [{ ...home, namespace: 'platform' }, ...rest] : []
      expect(detect(clusterOf(moved))).toMatchObject([{ ...isSure, namespace: 'platform' }])
    })

    it('is found with its images by digest, with the digest as evidence where no label tells a version', () => {
      const [found, ...others] = detect(clusterOf(charts(version, { image: byDigest })))
      expect(others).toEqual([])
      const isTold = mesh !== 'consul'
      expect(found).toMatchObject({ mesh, namespace, version: isTold ? version : 'unknown', confidence: isTold ? 'high' : 'medium' })
      if (!isTold) expect(found?.evidence.join('\n')).toMatch(/No version is told: .*sha256:[0-9a-f]{64}/)
    })

    it('is shown and not acted on when no tool left its mark', () => {
      const found = detect(clusterOf(charts(version, { isTemplate: true })))
      expect(found).toMatchObject([{ mesh, version, installer: 'unknown', managed: false }])
    })
  })

  it('names each component of Istio with its role, of ambient too', () => {
    expect(components(detect(clusterOf(ambient('1.30.3')))[0])).toEqual({
      istiod: 'control-plane 1.30.3',
      'istio-cni': 'node 1.30.3',
      ztunnel: 'node 1.30.3',
      'istio-ingress': 'gateway 1.30.3',
    })
  })

  it('names each component of Linkerd, and gives Prometheus and the node agent their own versions', () => {
    expect(components(detect(clusterOf(linkerd('2026.8.3')))[0])).toEqual({
      destination: 'control-plane 2026.8.3',
      identity: 'control-plane 2026.8.3',
      'proxy-injector': 'control-plane 2026.8.3',
      'linkerd-cni': 'node 1.7.0-alpha.1',
      'metrics-api': 'add-on 2026.8.3',
      prometheus: 'add-on 2.55.1',
      tap: 'add-on 2026.8.3',
      'tap-injector': 'add-on 2026.8.3',
      web: 'add-on 2026.8.3',
    })
  })

  it('names each component of Kuma and Consul, whose servers have a version of their own', () => {
    expect(components(detect(clusterOf(kuma('2.14.3')))[0])).toEqual({
      'kuma-control-plane': 'control-plane 2.14.3',
      'kuma-ingress': 'gateway 2.14.3',
      'kuma-egress': 'gateway 2.14.3',
      'kuma-cni': 'node 2.14.3',
    })
    expect(components(detect(clusterOf(consul('1.9.11')))[0])).toEqual({
      'connect-injector': 'control-plane 1.9.11',
      'webhook-cert-manager': 'control-plane 1.9.11',
      server: 'control-plane 1.22.7',
      cni: 'node 1.9.11',
      'mesh-gateway': 'gateway 1.9.11',
      'sync-catalog': 'add-on 1.9.11',
    })
  })

  it('tells two revisions of Istio apart', () => {
    const both = [...istio('1.29.6'), ...istio('1.30.3', { revision: 'canary' })]
    expect(detect(clusterOf(both)).map(({ revision, version }) => [revision, version])).toEqual([
      ['default', '1.29.6'],
      ['canary', '1.30.3'],
    ])
  })

  it('shows meshes that share a cluster side by side, each with its own parts', () => {
    const all = clusterOf([...ambient('1.30.3'), ...linkerd('2026.8.3'), ...kuma('2.14.3'), ...consul('2.0.3'), ...osm('1.2.4')])
    const found = detect(all)
    expect(found.map(({ mesh, version }) => `${mesh} ${version}`)).toEqual([
      'consul 2.0.3',
      'istio 1.30.3',
      'kuma 2.14.3',
      'linkerd 2026.8.3',
      'osm 1.2.4',
    ])
    expect(found.reduce((sum, one) => sum + one.components.length, 0)).toBe(all.pods.length)
  })
})

interface Container {
  name: string
  image: string
}

/** A pod of somebody's that runs, in what a rule could look at. */
function somebodys(namespace: string, name: string, labels: Record<string, string>, ...containers: Container[]) {
  return projectPod({ metadata: { namespace, name, labels }, spec: { containers }, status: { phase: 'Running' } })
}

const nothing: ClusterProjections = {
  cluster: 'c1',
  pods: [],
  namespaces: [],
  workloads: [],
  definitions: [],
  podsKnown: true,
  isComplete: true,
}
const grafana = { name: 'grafana', image: 'docker.io/grafana/grafana:12.0.1' }
const prometheus = { name: 'prometheus-server', image: 'docker.io/prom/prometheus:v3.10.0' }

describe('detection leaves alone what is no mesh', () => {
  it.each([
    ['a Deployment called grafana', somebodys('monitoring', 'grafana-0', { 'app.kubernetes.io/name': 'grafana' }, grafana)],
    ['a Prometheus of its own', somebodys('monitoring', 'prometheus-0', { 'app.kubernetes.io/name': 'prometheus' }, prometheus)],
    ['a pod called istiod by someone else', somebodys('kube-system', 'istiod-7d9f-x', {}, { name: 'istiod', image: 'own/istiod:2' })],
    [
      'a pod with the label of istiod and nothing else of it',
      somebodys('kube-system', 'a', { app: 'istiod' }, { name: 'a', image: 'a:1' }),
    ],
    [
      'an application of the name consul',
      somebodys('shop', 'c', { app: 'consul', component: 'server' }, { name: 'consul', image: 'consul:1' }),
    ],
    ['a controller called destination', somebodys('linkerd', 'd', { app: 'destination' }, { name: 'destination', image: 'controller:1' })],
    ['an application of the name kuma', somebodys('kuma-system', 'k', { app: 'kuma' }, { name: 'control-plane', image: 'kuma-cp:1' })],
  ])('%s', (_what, pod) => {
    expect(detect({ ...nothing, pods: [pod] })).toEqual([])
  })

  it('counts the add-ons of Istio beside its control plane, with the version of the right container, and no others', () => {
    const istiod = somebodys('mesh', 'istiod-0', { app: 'istiod' }, { name: 'discovery', image: 'istio/pilot:1.30.3' })
    const reloader = { name: 'prometheus-server-configmap-reload', image: 'prometheus-operator/prometheus-config-reloader:v0.89.0' }
    const pods = [
      istiod,
      somebodys('mesh', 'prometheus-0', { 'app.kubernetes.io/name': 'prometheus' }, reloader, prometheus),
      somebodys(
        'mesh',
        'grafana-0',
        { 'app.kubernetes.io/name': 'grafana' },
        { ...grafana, image: 'registry.example:5000/grafana:12.0.1' },
      ),
      somebodys(
        'mesh',
        'kiali-0',
        { app: 'kiali', 'app.kubernetes.io/version': 'v2.27.0' },
        { name: 'kiali', image: 'quay.io/kiali/kiali:v2.27' },
      ),
      somebodys('mesh', 'jaeger-0', { app: 'jaeger' }, { name: 'jaeger', image: 'docker.io/jaegertracing/jaeger:2.14.0' }),
      somebodys('mesh', 'other-0', { 'app.kubernetes.io/name': 'grafana' }, { name: 'grafana', image: 'own/dashboards:3' }),
      somebodys('monitoring', 'grafana-1', { 'app.kubernetes.io/name': 'grafana' }, grafana),
    ]
    const [found, ...others] = detect({ ...nothing, pods })
    expect(others).toEqual([])
    expect(found?.components.map(({ pod }) => pod).sort()).toEqual(['grafana-0', 'istiod-0', 'jaeger-0', 'kiali-0', 'prometheus-0'])
    expect(components(found)).toEqual({
      istiod: 'control-plane 1.30.3',
      prometheus: 'add-on 3.10.0',
      grafana: 'add-on 12.0.1',
      kiali: 'add-on 2.27.0',
      jaeger: 'add-on 2.14.0',
    })
    expect(found?.version).toBe('1.30.3')
  })

  it.each(['1.29.6', '1.30.3'])('counts the add-ons that Meshwright puts beside Istio %s, each with its own version', async (version) => {
    const images = imagesFor(version)
    if (images === undefined) throw new Error(`no add-ons for ${version}`)
    const place = { namespace: 'mesh', images, from: undefined }
    const objects = (await Promise.all(addOnNames.map((addOn) => addOnObjects(addOn, place)))).flat()
    const pods = objects.flatMap(({ kind, metadata, spec }) => {
      const { template } = (spec ?? {}) as {
        template?: { metadata: { labels: Record<string, string> }; spec: { containers: Container[] } }
      }
      if (kind !== 'Deployment' || template === undefined) return []
      return somebodys('mesh', `${metadata.name}-0`, template.metadata.labels, ...template.spec.containers)
    })
    const istiod = somebodys('mesh', 'istiod-0', { app: 'istiod' }, { name: 'discovery', image: `istio/pilot:${version}` })
    const [found, ...others] = detect({ ...nothing, pods: [istiod, ...pods] })
    expect(others).toEqual([])
    const kiali = version === '1.29.6' ? '2.21.0' : '2.26.0'
    expect(components(found)).toEqual({
      istiod: `control-plane ${version}`,
      ...{ prometheus: 'add-on 3.10.0', grafana: 'add-on 12.0.1', jaeger: 'add-on 2.14.0', kiali: `add-on ${kiali}` },
    })
    expect(found).toMatchObject({ version, confidence: 'high' })
  })

  it('counts no pod of a set-up Job to how a mesh is, and none as an application', () => {
    const labels = { app: 'consul', chart: 'consul-helm', component: 'server-acl-init' }
    const owner = { apiVersion: 'batch/v1', kind: 'Job', name: 'consul-server-acl-init', uid: '', controller: true }
    const job = projectPod({
      metadata: { namespace: 'consul', name: 'job', labels, ownerReferences: [owner] },
      status: { phase: 'Running' },
    })
    expect(detect({ ...nothing, pods: [job] })).toEqual([])
    const namespaces = [{ name: 'consul', labels: {}, annotations: {}, phase: 'Active' }]
    expect(
      namespaceMembership({ ...nothing, pods: [job], namespaces }, { descriptions, installedMeshes: new Set(['consul']) }),
    ).toMatchObject([{ mesh: 'consul', total: 0 }])
  })
})

describe('members of a mesh', () => {
  // A native sidecar is an init container that keeps running, and becomes ready like one of the application.
  const member = (mark: object, proxy: { name: string; image: string }, isNative: boolean) => {
    const [init, plain] = isNative ? [[{ ...proxy, restartPolicy: 'Always' }], []] : [[], [proxy]]
    const containers = [{ name: 'app', image: 'app:1' }, ...plain]
    return projectPod({ metadata: { namespace: 'shop', name: 'web', ...mark }, spec: { containers, initContainers: init }, status: {} })
  }

  it.each([
    ['istio', '1.30.3', { annotations: { 'sidecar.istio.io/status': '{}' } }, { name: 'istio-proxy', image: 'istio/proxyv2:1.30.3' }],
    [
      'linkerd',
      '2026.8.3',
      { annotations: { 'linkerd.io/proxy-version': 'x' } },
      { name: 'linkerd-proxy', image: 'l5d/proxy:edge-26.8.3' },
    ],
    ['kuma', '2.14.3', { annotations: { 'kuma.io/sidecar-injected': 'true' } }, { name: 'kuma-sidecar', image: 'kumahq/kuma-dp:2.14.3' }],
    [
      'consul',
      '2.0.3',
      { labels: { 'consul.hashicorp.com/connect-inject-status': 'injected' } },
      { name: 'consul-dataplane', image: 'c:2.0.3' },
    ],
  ])('%s %s are seen with a sidecar and with a native one, in the version that it has', (mesh, version, mark, proxy) => {
    const namespaces = [{ name: 'shop', labels: {}, annotations: {}, phase: 'Active' }]
    for (const isNative of [false, true]) {
      const pods = [member(mark, proxy, isNative)]
      const seen = namespaceMembership({ ...nothing, pods, namespaces }, { descriptions, installedMeshes: new Set() })
      expect(seen).toMatchObject([{ mesh, total: 1, injected: 1 }])
      const plane = planes[mesh]
      const [found] = detect({ ...nothing, pods: plane ? [...pods, plane] : pods, namespaces })
      expect(found?.dataPlane.byVersion).toEqual({ [version]: 1 })
    }
  })
})

const planes: Record<string, ReturnType<typeof somebodys>> = {
  istio: somebodys('mesh', 'istiod-0', { app: 'istiod' }, { name: 'discovery', image: 'istio/pilot:1.30.3' }),
  linkerd: somebodys(
    'mesh',
    'i',
    { 'linkerd.io/control-plane-component': 'identity' },
    { name: 'identity', image: 'controller:edge-26.8.3' },
  ),
  kuma: somebodys('mesh', 'kuma-0', { app: 'kuma-control-plane' }, { name: 'control-plane', image: 'kuma-cp:2.14.3' }),
  consul: somebodys(
    'mesh',
    'consul-0',
    { app: 'consul', chart: 'consul-helm', component: 'connect-injector' },
    { name: 'sidecar-injector', image: 'consul-k8s-control-plane:2.0.3' },
  ),
}
