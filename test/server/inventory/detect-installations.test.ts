import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DiscoveryRule, GetInfoResponse } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterProjections } from '../../../server/inventory/cluster-projections.js'
import { detectInstallations } from '../../../server/inventory/detect-installations.js'
import { findVersion, versionOfImage } from '../../../server/inventory/match-discovery.js'
import { namespaceMembership } from '../../../server/inventory/namespace-membership.js'
import { revisionMembership } from '../../../server/inventory/revision-members.js'
import type { PodProjection, WorkloadProjection } from '../../../server/kubernetes/projections.js'
import { istioDescription } from '../../support/istio-description.js'

const descriptions = [{ mesh: 'istio', info: GetInfoResponse.fromJSON(istioDescription.info) }]

let uid = 0
const pod = (namespace: string, name: string, more: Partial<PodProjection> = {}): PodProjection => ({
  uid: String(uid++),
  namespace,
  name,
  labels: {},
  annotations: {},
  containers: [container('app', 'app:1')],
  phase: 'Running',
  reason: '',
  ready: true,
  deleting: false,
  restarts: 0,
  node: 'n1',
  startedAt: '2026-01-01T00:00:00Z',
  owner: undefined,
  ...more,
})
const container = (name: string, image: string, more: object = {}) => ({
  name,
  image,
  init: false,
  restartPolicyAlways: false,
  ready: true,
  ...more,
})
const istiod = (more: Partial<PodProjection> = {}, { revision = 'default', version = '1.30.3' } = {}) =>
  pod('istio-system', `istiod-${revision}-${uid}`, {
    labels: { app: 'istiod', 'istio.io/rev': revision },
    containers: [container('discovery', `docker.io/istio/pilot:${version}-distroless`)],
    ...more,
  })
const meshed = (namespace: string, name: string, version = '1.30.3', more: Partial<PodProjection> = {}) =>
  pod(namespace, name, {
    annotations: { 'sidecar.istio.io/status': '{}' },
    containers: [container('app', 'app:1'), container('istio-proxy', `istio/proxyv2:${version}`)],
    ...more,
  })
const deployment = (namespace: string, name: string, more: Partial<WorkloadProjection> = {}): WorkloadProjection => ({
  kind: 'Deployment',
  uid: String(uid++),
  namespace,
  name,
  labels: {},
  annotations: {},
  ...{ managers: [], ownerReferences: [] },
  templateLabels: {},
  templateAnnotations: {},
  containers: [],
  replicas: 1,
  ready: 1,
  updated: 1,
  ...more,
})
const plane = (more: Partial<WorkloadProjection> = {}) =>
  deployment('istio-system', 'istiod', {
    templateLabels: { app: 'istiod', 'istio.io/rev': 'default' },
    containers: [{ name: 'discovery', image: 'istio/pilot:1.30.3' }],
    ...more,
  })
const namespace = (name: string, labels: Record<string, string> = {}) => ({ name, labels, annotations: {}, phase: 'Active' })

const picture = (more: Partial<ClusterProjections>): ClusterProjections => ({
  cluster: 'c1',
  pods: [],
  namespaces: [],
  workloads: [],
  definitions: [],
  podsKnown: true,
  isComplete: true,
  ...more,
})
const detect = (more: Partial<ClusterProjections>, isOurs = false) =>
  detectInstallations(picture(more), { descriptions, observedAt: 0, simulated: false, isOurs: () => isOurs })

describe('the version of an image', () => {
  it.each([
    ['istio/pilot:1.30.3', '1.30.3'],
    ['docker.io/istio/pilot:1.30.3-distroless', '1.30.3'],
    ['registry.example:5000/istio/pilot:1.29.6-debug', '1.29.6'],
    ['registry.example:5000/istio/pilot', undefined],
    ['istio/pilot:1.30.3@sha256:abc', '1.30.3'],
    ['istio/pilot@sha256:abc', 'sha256:abc'],
    ['cr.example/linkerd/proxy:v2.300.4', '2.300.4'],
    ['istio/pilot:1.31-alpha.abc', '1.31-alpha.abc'],
    ['', undefined],
  ])('of %s is %s', (image, version) => {
    expect(versionOfImage(image)).toBe(version)
  })
})

describe('detection', () => {
  it('finds nothing where there is no mesh, whatever the names look like', () => {
    expect(detect({ pods: [pod('istio-system', 'istiod-1'), pod('default', 'web', { labels: { app: 'istiod' } })] })).toEqual([])
  })

  it('reads the version by the precedence of its rules: label, then image of the named container', () => {
    const labelled = istiod({ labels: { app: 'istiod', 'istio.io/rev': 'default', 'app.kubernetes.io/version': '1.30.9' } })
    expect(detect({ pods: [labelled] })[0]?.components[0]).toMatchObject({
      version: '1.30.9',
      versionSource: 'label app.kubernetes.io/version',
    })
    const other = [container('istio-proxy', 'x:9.9.9'), container('discovery', 'istio/pilot:1.30.3')]
    expect(detect({ pods: [istiod({ containers: other })] })[0]?.components[0]).toMatchObject({
      version: '1.30.3',
      versionSource: 'image of discovery',
    })
    expect(detect({ pods: [istiod({ containers: [container('discovery', 'istio/pilot')] })] })[0]?.version).toBe('unknown')
  })

  it('takes the digest of an image for no version, and says it only when no other source gives one', () => {
    const rule = DiscoveryRule.fromJSON({ versionSources: [{ containerImage: 'cp' }, { label: 'version' }] })
    const candidate = { labels: {}, annotations: {}, containers: [container('cp', 'kuma/kuma-cp@sha256:0a1b')] }
    expect(findVersion(rule, candidate, [])).toEqual({ version: 'unknown', versionSource: 'image of cp, sha256:0a1b' })
    expect(findVersion(rule, { ...candidate, labels: { version: 'v1.2.4' } }, [])).toEqual({
      version: '1.2.4',
      versionSource: 'label version',
    })
    expect(findVersion(DiscoveryRule.fromJSON({}), candidate, [])).toEqual({ version: 'unknown', versionSource: '' })
  })

  it('reads versions as the mesh spells them into such that compare, and keeps what was written', () => {
    const rule = DiscoveryRule.fromJSON({ versionSources: [{ annotation: 'by' }] })
    const rewrites = [
      { match: '^linkerd/\\S+ ', replace: '' },
      { match: '^edge-(\\d\\d)\\.', replace: '20$1.' },
    ]
    const candidate = { labels: {}, annotations: { by: 'linkerd/cli edge-26.8.3' }, containers: [] }
    expect(findVersion(rule, candidate, rewrites)).toEqual({
      version: '2026.8.3',
      versionSource: 'annotation by: linkerd/cli edge-26.8.3',
    })
  })

  it('tells two revisions apart, each with the members that their injector took in', () => {
    const found = detect({
      pods: [
        istiod({}, { revision: 'default', version: '1.29.6' }),
        istiod({}, { revision: 'canary', version: '1.30.3' }),
        meshed('shop', 'old', '1.29.6', { annotations: { 'sidecar.istio.io/status': '{}', 'istio.io/rev': 'default' } }),
        meshed('shop', 'new', '1.30.3', { annotations: { 'sidecar.istio.io/status': '{}', 'istio.io/rev': 'canary' } }),
      ],
    })
    expect(found.map(({ id, version, dataPlane }) => [id, version, dataPlane.byVersion])).toEqual([
      ['c1.istio.istio-system.default', '1.29.6', { '1.29.6': 1 }],
      ['c1.istio.istio-system.canary', '1.30.3', { '1.30.3': 1 }],
    ])
  })

  it('counts gateways and node components to the control plane, wherever they run', () => {
    const gateway = pod('istio-ingress', 'ingress-1', {
      labels: { app: 'istio-ingress', istio: 'ingress' },
      containers: [container('istio-proxy', 'istio/proxyv2:1.30.3')],
    })
    const cni = pod('kube-system', 'istio-cni-1', {
      labels: { 'k8s-app': 'istio-cni-node' },
      containers: [container('install-cni', 'istio/install-cni:1.30.3')],
    })
    const [found, ...others] = detect({ pods: [istiod(), gateway, cni] })
    expect(others).toEqual([])
    expect(found?.components.map(({ component, role, version }) => [component, role, version])).toEqual([
      ['istio-ingress', 'gateway', '1.30.3'],
      ['istiod', 'control-plane', '1.30.3'],
      ['istio-cni', 'node', '1.30.3'],
    ])
    expect(found?.dataPlane).toEqual({ pods: 0, injected: 0, byVersion: {} })
  })

  it('gives gateways and node components without a revision to the default of several control planes', () => {
    const gateway = pod('istio-ingress', 'ingress-1', {
      labels: { app: 'istio-ingress', istio: 'ingress' },
      containers: [container('istio-proxy', 'istio/proxyv2:1.30.3')],
    })
    const cni = pod('istio-system', 'istio-cni-1', {
      labels: { 'k8s-app': 'istio-cni-node' },
      containers: [container('install-cni', 'istio/install-cni:1.30.3')],
    })
    const found = detect({ pods: [istiod({}, { revision: 'canary' }), istiod(), gateway, cni] })
    expect(found.map(({ revision, components }) => [revision, components.map(({ component }) => component).sort()])).toEqual([
      ['canary', ['istiod']],
      ['default', ['istio-cni', 'istio-ingress', 'istiod']],
    ])
  })

  it('shows a control plane that is scaled to nothing as down', () => {
    expect(detect({ workloads: [plane({ replicas: 0, ready: 0 })] })).toMatchObject([
      { health: 'down', components: [], version: '1.30.3', versionSource: 'image of discovery' },
    ])
  })

  it.each([
    ['healthy', [istiod(), istiod()]],
    ['degraded', [istiod(), istiod({ ready: false, reason: 'CrashLoopBackOff' })]],
    ['down', [istiod({ ready: false, phase: 'Pending', reason: 'Unschedulable' })]],
    ['down', [istiod({ deleting: true })]],
  ])('judges %s by what is ready', (health, pods) => {
    const [found] = detect({ pods })
    expect(found?.health).toBe(health)
    expect(found?.healthReason === undefined).toBe(health === 'healthy')
  })

  it('does not call down what it may not see', () => {
    expect(detect({ workloads: [plane()], podsKnown: false })).toMatchObject([{ health: 'unknown' }])
  })

  it.each([
    ['helm', true, '', {}, { 'meta.helm.sh/release-name': 'istiod' }],
    ['istioctl', false, '`istioctl upgrade`', { 'operator.istio.io/managed': 'Reconcile' }, {}],
    ...[
      ['istio:apps/Deployment:istio-system/istiod', 'the Application istio of'],
      ['mesh_istio:apps/Deployment:istio-system/istiod', 'the Application mesh/istio of'],
    ].map(
      ([id, where]) =>
        ['argocd', false, where, {}, { 'argocd.argoproj.io/tracking-id': id, 'meta.helm.sh/release-name': 'istiod' }] as const,
    ),
    [
      ...(['flux', false, 'the HelmRelease flux-system/istio of Flux'] as const),
      { 'helm.toolkit.fluxcd.io/name': 'istio', 'helm.toolkit.fluxcd.io/namespace': 'flux-system' },
      { 'meta.helm.sh/release-name': 'istiod' },
    ],
    [
      ...(['flux', false, 'the Kustomization flux-system/meshes of Flux'] as const),
      { 'kustomize.toolkit.fluxcd.io/name': 'meshes', 'kustomize.toolkit.fluxcd.io/namespace': 'flux-system' },
      {},
    ],
    [
      ...(['operator', false, 'kubectl get istios'] as const),
      { 'app.kubernetes.io/managed-by': 'sail-operator' },
      { 'meta.helm.sh/release-name': 'istiod' },
    ],
    ['operator', false, 'the ServiceMeshControlPlane', { 'maistra.io/owner': 'basic' }, {}],
    [
      ...(['platform', false, '`az aks mesh`', { 'kubernetes.azure.com/managedby': 'aks' }] as const),
      { 'meta.helm.sh/release-name': 'azure-service-mesh-istio-discovery' },
    ],
    ['platform', false, '`gcloud container fleet mesh`', { 'istio.io/rev': 'asm-managed' }, {}],
    ['platform', false, 'the add-ons of the cluster', { 'addonmanager.kubernetes.io/mode': 'Reconcile' }, {}],
    ['linkerd-cli', false, '`linkerd upgrade', {}, { 'linkerd.io/created-by': 'linkerd/cli edge-26.8.3' }],
    ['unknown', false, 'the tool that installed it', { 'install.operator.istio.io/owning-resource': 'unknown' }, {}],
    ['unknown', false, 'the tool that installed it', {}, { 'linkerd.io/created-by': 'linkerd/helm edge-26.8.3' }],
  ] as const)('sees that %s installed it, whether we may act on it (%s), and where it is changed: %s', (...row) => {
    const [installer, managed, where, labels, annotations] = row
    const [found] = detect({ pods: [istiod()], workloads: [plane({ labels, annotations: { ...annotations } as Record<string, string> })] })
    expect(found).toMatchObject({ installer, managed })
    const upgrade = found?.can.find(({ handling }) => handling === 'upgrade')
    expect(found?.unmanagedReason).toBe(upgrade?.reason)
    expect(upgrade?.where === undefined).toBe(managed)
    expect(upgrade?.reason ?? '').toContain(where)
  })

  it.each([
    ['kubectl', { managers: ['kube-controller-manager', 'kubectl-client-side-apply'] }],
    ['unknown', { managers: ['kubectl-rollout', 'kubectl-edit'] }],
    ['argocd', { managers: ['argocd-controller', 'kubectl-client-side-apply'] }],
    ['flux', { managers: ['kustomize-controller'] }],
    ['helm', { managers: ['helm', 'kubectl-client-side-apply'], annotations: { 'meta.helm.sh/release-name': 'istiod' } }],
    ['operator', { ownerReferences: [{ kind: 'IstioRevision', name: 'default-v1-30-3' }] }],
  ])('tells %s by who writes or owns it, where no mark does', (installer, marks) => {
    const [found] = detect({ pods: [istiod()], workloads: [plane(marks)] })
    expect(found?.installer).toBe(installer)
  })

  it('knows the namespaces that a platform keeps to itself', () => {
    const [found] = detect({ workloads: [plane({ namespace: 'aks-istio-system' })] })
    expect(found?.installer).toBe('platform')
    expect(found?.evidence).toContain('namespace aks-istio-system says that it was installed by the platform that runs this cluster.')
  })

  it.each([
    ['high', 'istio/pilot:1.30.3', /^Deployment istio-system\/istiod has app=istiod, a container discovery\.$/],
    ['medium', 'registry.example:5000/copies/our-istiod:1.30.3', /^The image of discovery has a name that the project does not give it\.$/],
    ['medium', 'registry.example:5000/istio/pilot@sha256:0a1b', /^No version is told: there is the image of discovery, sha256:0a1b\.$/],
  ])('is %s in its confidence when it sees %s, and says why', (confidence, image, why) => {
    const containers = [{ name: 'discovery', image }]
    const [found] = detect({ workloads: [plane({ containers })] })
    expect(found?.confidence).toBe(confidence)
    expect(found?.evidence).toContainEqual(expect.stringMatching(why))
  })

  it('has little confidence in gateways without a control plane', () => {
    const labels = { app: 'istio-ingress', istio: 'ingress' }
    const gateway = pod('istio-ingress', 'ingress-1', { labels, containers: [container('istio-proxy', 'istio/proxyv2:1.30.3')] })
    expect(detect({ pods: [gateway] })).toMatchObject([{ confidence: 'low', version: '1.30.3' }])
  })

  it('tells its own helm releases from those of a person with helm', () => {
    const workloads = [plane({ annotations: { 'meta.helm.sh/release-name': 'istiod' } })]
    expect(detect({ pods: [istiod()], workloads }, true)[0]?.installer).toBe('meshwright')
    expect(detect({ pods: [istiod()], workloads: [plane()] }, true)[0]?.installer).toBe('unknown')
  })
})

describe('membership', () => {
  const rowsOf = (more: Partial<ClusterProjections>) =>
    namespaceMembership(picture(more), { descriptions, installedMeshes: new Set(['istio']) })

  it.each([
    ['in', { 'istio-injection': 'enabled' }],
    ['out', { 'istio-injection': 'disabled', 'istio.io/rev': 'canary' }],
    ['in', { 'istio.io/rev': 'canary' }],
    ['in', { 'istio.io/dataplane-mode': 'ambient' }],
    ['unset', { 'istio-injection': 'perhaps' }],
    ['unset', {}],
  ])('a namespace asks for %s by %o', (desired, labels) => {
    expect(rowsOf({ namespaces: [namespace('shop', labels)] })).toMatchObject([{ namespace: 'shop', desired }])
  })

  it('of a revision is told by what a namespace asks for and by who made its sidecars', () => {
    const by = (revision: string) => ({ annotations: { 'sidecar.istio.io/status': '{}', 'istio.io/rev': revision } })
    const pods = [
      meshed('plain', 'a'),
      meshed('tagged', 'b', '1.30.3', { ...by('1-29-6'), labels: { 'istio.io/rev': 'prod' } }),
      meshed('half', 'c', '1.30.3', by('1-29-6')),
      meshed('half', 'd', '1.30.3', by('1-30-3')),
      meshed('half', 'e', '1.30.3', { ...by('1-28-1'), deleting: true }),
      istiod(),
    ]
    const namespaces = [
      namespace('plain', { 'istio-injection': 'enabled' }),
      namespace('tagged', { 'istio.io/rev': 'prod' }),
      namespace('half', { 'istio.io/rev': '1-30-3' }),
      namespace('ambient', { 'istio.io/dataplane-mode': 'ambient' }),
      namespace('outside'),
    ]
    const [istio] = descriptions
    expect(istio && revisionMembership(istio, picture({ pods, namespaces }))).toEqual([
      { namespace: 'plain', asks: 'default', servedBy: ['default'] },
      { namespace: 'tagged', asks: 'prod', servedBy: ['1-29-6'] },
      { namespace: 'half', asks: '1-30-3', servedBy: ['1-29-6', '1-30-3'] },
      { namespace: 'ambient', servedBy: [] },
      { namespace: 'outside', servedBy: [] },
    ])
  })

  it("counts who must be restarted, in either direction, and lets a pod's own mark win", () => {
    const pods = [
      meshed('shop', 'in'),
      pod('shop', 'not-yet'),
      pod('shop', 'never', { labels: { 'sidecar.istio.io/inject': 'false' } }),
      pod('shop', 'over', { phase: 'Succeeded' }),
      meshed('other', 'left-over'),
      pod('other', 'alone'),
      pod('other', 'asks-itself', { labels: { 'sidecar.istio.io/inject': 'true' } }),
    ]
    expect(rowsOf({ pods, namespaces: [namespace('shop', { 'istio-injection': 'enabled' }), namespace('other')] })).toMatchObject([
      { namespace: 'other', total: 3, injected: 1, needsRestart: 2 },
      { namespace: 'shop', total: 3, injected: 1, needsRestart: 1 },
    ])
  })

  it('names the other meshes that a namespace asks for, too', () => {
    const { injectionMarks, ...catalog } = JSON.parse(readFileSync('adapters/kuma/catalog.json', 'utf8'))
    const info = { mesh: 'kuma', title: catalog.title, lifecycle: 'LIFECYCLE_ACTIVE', discoveryRules: [], injectionMarks }
    const both = [...descriptions, { mesh: 'kuma', info: GetInfoResponse.fromJSON(info) }]
    const labels = { 'istio-injection': 'enabled', 'kuma.io/sidecar-injection': 'enabled' }
    const namespaces = [namespace('both', labels), namespace('one', { 'istio-injection': 'enabled' })]
    const rows = namespaceMembership(picture({ namespaces }), { descriptions: both, installedMeshes: new Set() })
    expect(rows.map(({ namespace: name, mesh, conflicts }) => [name, mesh, conflicts])).toEqual([
      ['both', 'istio', ['kuma']],
      ['both', 'kuma', ['istio']],
      ['one', 'istio', []],
    ])
  })

  it('finds native sidecars among the init containers', () => {
    const native = pod('shop', 'native', {
      containers: [container('app', 'app:1'), container('istio-proxy', 'istio/proxyv2:1.30.3', { init: true, restartPolicyAlways: true })],
    })
    expect(rowsOf({ pods: [native], namespaces: [namespace('shop')] })).toMatchObject([{ injected: 1 }])
  })

  it('asks nobody to restart for ambient', () => {
    const rows = rowsOf({ pods: [pod('shop', 'a')], namespaces: [namespace('shop', { 'istio.io/dataplane-mode': 'ambient' })] })
    expect(rows).toMatchObject([{ desired: 'in', needsRestart: 0 }])
  })
})
