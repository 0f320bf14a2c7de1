import type { KubeObject } from '../../../kube/kube-object.js'

/** One mesh from its old version to its new one, by charts of ../shared/charts. */
export interface Lifecycle {
  readonly mesh: string
  readonly namespace: string
  readonly from: string
  readonly to: string
  /** The version of the Gateway API that it needs to be there before it. */
  readonly gatewayApi?: string
  readonly components: Readonly<Record<string, object>>
  readonly params?: Readonly<Record<string, unknown>>
  /** Components that are installed later, and the values that a release of before has to have afterwards. */
  readonly added?: { readonly components: Readonly<Record<string, object>>; readonly release: string; readonly values: object }
  /** Values that the upgrade changes, by component. */
  readonly changed: Readonly<Record<string, { values: object }>>
  /** What helm tells of user values after the upgrade, whole: those of the installation with the change over them. Releases that are not here have none. */
  readonly upgraded: readonly { release: string; namespace?: string; values: object }[]
  /** What of this life is not as users run the mesh, and why. In none of them does a proxy or a control plane run: the pods only look so. */
  readonly differs: readonly string[]
  /** What somebody else puts there after the installation, and must find again whatever happens to the mesh; `dropped` are definitions that the new chart no longer has, `kept` is one that the uninstall leaves. */
  readonly others?: { readonly dropped: readonly string[]; readonly kept: string; readonly objects: readonly KubeObject[] }
  /** Objects of the mesh's own kinds that go with it, and come back by the export when `chart` has brought the definitions again. */
  readonly own?: { readonly chart?: string; readonly objects: readonly KubeObject[] }
  /** Keys of the steps of its uninstall, in order. */
  readonly goes: readonly string[]
  /** The definitions of its own groups: how many there are after the installation and after the upgrade, and whether the uninstall is asked to remove them. */
  readonly definitions: { readonly of: RegExp; readonly from: number; readonly to: number; readonly isRemoved?: true }
  /** The file that the installation hands out one time, and whose certificate the key in it is of. */
  readonly secretFile?: { readonly name: RegExp; readonly subject: string }
  /** An object whose deletion waits for a controller of the mesh, and the Deployment of that controller. */
  readonly held?: { readonly object: KubeObject; readonly controller: string }
  /** What says of itself that it has no canary, and the titles of the steps that would retire the old control plane. */
  readonly canary?: { readonly without: readonly string[]; readonly retirement: readonly string[] }
  /** Objects of which others come to own fields before the upgrade. */
  readonly owned?: OwnedByOthers
  /** Add-ons that are put beside it, with the version that detection tells; what goes with them when the mesh goes is asked about. */
  readonly addOns?: Readonly<Record<string, string>>
  /** Whether its trust anchor can be rotated, with members that restart. */
  readonly rotates?: boolean
  /** The release that people upgrade by hand between our installation and our upgrade, and the values that they set there. */
  readonly handed?: { readonly release: string; readonly set: string }
  /** A chart of the old version that kubectl applies as `helm template` writes it, and the values that an adoption gives it besides. */
  readonly loose?: { readonly release: string; readonly chart: string; readonly components: Readonly<Record<string, { values: object }>> }
  /** Keys of the steps of its upgrade, in order, and hooks that the plan of its installation names. */
  readonly comes: readonly string[]
  readonly hooks: readonly string[]
  /** Kinds that cannot be listed afterwards, because whoever serves them only looks as if it ran. */
  readonly unseen?: RegExp
  /** Confirmations that the upgrade asks for, and what their texts say. */
  readonly asked?: readonly { readonly code: string; readonly text: RegExp }[]
  /** `name chart status` of each release as helm lists it. */
  releases(version: string): string[]
  /** The version that detection tells for a version of the catalogue. */
  expected(version: string): string
}

/** Objects of a mesh whose fields are to be owned by others. */
export interface OwnedByOthers {
  /** The release of the first Deployment and of the webhooks. */
  readonly release: string
  /** A Deployment that is scaled by an autoscaler, one in a namespace of its name that once was, and webhooks that a platform writes into. */
  readonly scaled: string
  readonly gateway: string
  readonly webhooks: string
}

const lifecycles: readonly Lifecycle[] = [
  {
    mesh: 'istio',
    namespace: 'istio-system',
    from: '1.29.6',
    to: '1.30.3',
    definitions: { of: /\.istio\.io$/, from: 14, to: 15 },
    comes: ['base', 'istiod', 'cni', 'ztunnel', 'gateway'],
    hooks: [],
    goes: [
      'leave-mesh',
      'webhooks',
      'remove-kiali',
      'remove-jaeger',
      'remove-grafana',
      'remove-prometheus',
      'gateway',
      'ztunnel',
      'cni',
      'istiod',
      'base',
    ],
    addOns: { prometheus: '3.10.0', grafana: '12.0.1', jaeger: '2.14.0', kiali: '2.21.0' },
    // Ambient: one release more for the node agent, and one for the proxy of the node.
    params: { dataPlane: 'ambient' },
    components: {
      istiod: { values: { pilot: { autoscaleEnabled: false } } },
      gateway: { enabled: true, values: { autoscaling: { enabled: false }, replicaCount: 1 } },
    },
    owned: { release: 'istiod', scaled: 'istiod', gateway: 'istio-ingress', webhooks: 'istio-sidecar-injector' },
    canary: {
      without: ['(release istio-cni, 1.30.3) has no canary', '(release ztunnel, 1.30.3) has no canary'],
      retirement: [
        'Connect ambient proxy ztunnel to revision blue',
        'Move gateway istio-ingress to revision blue',
        'Let revision blue be the default one and validate',
        'Check that revision default serves no proxy any more',
        'Uninstall control plane istiod',
      ],
    },
    changed: { istiod: { values: { meshConfig: { accessLogFile: '/dev/stdout' } } } },
    upgraded: [
      {
        release: 'istiod',
        values: {
          ...{ profile: 'ambient', meshConfig: { accessLogFile: '/dev/stdout' } },
          pilot: { autoscaleEnabled: false, cni: { enabled: true } },
          base: { validationFailurePolicy: 'Fail' },
        },
      },
      { release: 'istio-cni', values: { profile: 'ambient' } },
      { release: 'istio-base', values: { base: { validationFailurePolicy: 'Fail' } } },
      { release: 'istio-ingress', namespace: 'istio-ingress', values: { autoscaling: { enabled: false }, replicaCount: 1 } },
    ],
    differs: [
      'pilot.autoscaleEnabled and autoscaling.enabled are false: there are no metrics to scale by, and who owns replicas is told by an autoscaler of the test.',
      'Neither nodes nor pods carry traffic for ztunnel and the node agent, which are the default of ambient.',
    ],
    releases: (version) => [
      `istio-base base-${version} deployed`,
      `istiod istiod-${version} deployed`,
      `istio-cni cni-${version} deployed`,
      `ztunnel ztunnel-${version} deployed`,
      `istio-ingress gateway-${version} deployed`,
    ],
    expected: (version) => version,
  },
  {
    mesh: 'kuma',
    namespace: 'kuma-system',
    from: '2.13.10',
    to: '2.14.3',
    components: { kuma: { values: { controlPlane: { logLevel: 'info' } } } },
    definitions: { of: /\.kuma\.io$/, from: 52, to: 54, isRemoved: true },
    comes: ['definitions-kuma', 'kuma'],
    hooks: ['pre-upgrade,pre-install Job/kuma-system/kuma-install-crds'],
    goes: ['leave-mesh', 'webhooks', 'kuma', 'export-objects', 'delete-definitions'],
    own: {
      chart: 'kuma',
      objects: [
        {
          apiVersion: 'kuma.io/v1alpha1',
          kind: 'MeshTimeout',
          metadata: { name: 'slow', namespace: 'kuma-system', labels: { 'kuma.io/mesh': 'default', team: 'shop' } },
          spec: { targetRef: { kind: 'Mesh' }, to: [{ targetRef: { kind: 'Mesh' }, default: { connectionTimeout: '20s' } }] },
        },
        { apiVersion: 'kuma.io/v1alpha1', kind: 'Mesh', metadata: { name: 'second' }, spec: { mtls: { enabledBackend: '' } } },
      ],
    },
    handed: { release: 'kuma', set: 'controlPlane.podAnnotations' },
    changed: { kuma: { values: { controlPlane: { replicas: 2 } } } },
    upgraded: [{ release: 'kuma', values: { controlPlane: { logLevel: 'info', replicas: 2 } } }],
    differs: [
      'One zone without ingress and egress, which most users have; what people set by helm in between stays and is looked at there.',
    ],
    loose: { release: 'kuma', chart: 'kuma-2.13.10.tgz', components: { kuma: { values: { controlPlane: { replicas: 3 } } } } },
    releases: (version) => [`kuma kuma-${version} deployed`],
    expected: (version) => version,
  },
  {
    mesh: 'consul',
    namespace: 'consul',
    from: '1.9.11',
    to: '2.0.3',
    components: {},
    definitions: { of: /\.consul\.hashicorp\.com$/, from: 21, to: 24 },
    changed: { consul: { values: { global: { logLevel: 'debug' } } } },
    // Consul's chart brings definitions of the Gateway API, and 2.0.3 no longer brings all of them.
    others: {
      dropped: ['grpcroutes', 'tlsroutes', 'udproutes'].map((name) => `${name}.gateway.networking.k8s.io`),
      kept: 'httproutes.gateway.networking.k8s.io (1 object)',
      objects: [
        ['GRPCRoute', 'v1alpha2', 'theirs'] as const,
        ['GRPCRoute', 'v1alpha2', 'theirs-too'] as const,
        ['HTTPRoute', 'v1beta1', 'theirs'] as const,
      ].map(([kind, version, name]) => ({
        ...{ apiVersion: `gateway.networking.k8s.io/${version}`, kind, metadata: { name, namespace: 'default' } },
        spec: { rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
      })),
    },
    // Without a finalizer: its controller only looks as if it ran.
    own: {
      objects: [
        {
          apiVersion: 'consul.hashicorp.com/v1alpha1',
          kind: 'ServiceDefaults',
          metadata: { name: 'api', namespace: 'default' },
          spec: { protocol: 'grpc' },
        },
      ],
    },
    comes: ['keep-definitions-consul', 'consul'],
    hooks: ['post-install,post-upgrade Job/consul/consul-gateway-resources'],
    goes: ['leave-mesh', 'webhooks', 'keep-definitions-consul', 'export-consul', 'objects-consul', 'consul'],
    held: {
      controller: 'consul-connect-injector',
      object: {
        apiVersion: 'consul.hashicorp.com/v1alpha1',
        kind: 'ServiceDefaults',
        metadata: { name: 'web', namespace: 'default', finalizers: ['finalizers.consul.hashicorp.com'] },
        spec: { protocol: 'http' },
      },
    },
    asked: [
      {
        code: 'definitions-dropped',
        text: /no longer holds 3 definitions: grpcroutes\.\S+ \(2 objects\), tlsroutes\.\S+ \(0 objects\), udproutes\.\S+ \(0 objects\)\. helm would/,
      },
    ],
    upgraded: [
      {
        release: 'consul',
        // Meshwright is offline in this test, and so nothing is sent home.
        values: { global: { name: 'consul', logLevel: 'debug' }, server: { extraConfig: '{"disable_update_check": true}' } },
      },
    ],
    differs: [
      'One server: three of them, as in production, want three nodes.',
      'Without TLS, gossip encryption and ACLs, which the chart leaves off: its Jobs for them would talk to servers that do not run.',
      'server.extraConfig stops the question for updates, because Meshwright is offline here.',
    ],
    releases: (version) => [`consul consul-${version} deployed`],
    expected: (version) => version,
  },
  {
    mesh: 'linkerd',
    namespace: 'linkerd',
    gatewayApi: '1.5.1',
    from: '2026.6.3',
    to: '2026.8.3',
    components: { 'control-plane': { values: { controllerLogFormat: 'json' } }, cni: { enabled: true, values: { logLevel: 'debug' } } },
    added: {
      components: { viz: { enabled: true, values: { defaultLogLevel: 'warn' } } },
      release: 'linkerd-control-plane',
      values: {
        identity: { externalCA: true, issuer: { scheme: 'kubernetes.io/tls' } },
        controllerLogFormat: 'json',
        cniEnabled: true,
        disableHeartBeat: true,
      },
    },
    secretFile: { name: /^linkerd-trust-anchor-\w+\.pem$/, subject: 'CN=root.linkerd.cluster.local' },
    rotates: true,
    definitions: { of: /\blinkerd\.io$/, from: 10, to: 10 },
    comes: ['namespace', 'crds', 'cni', 'control-plane', 'viz'],
    unseen: /tap\.linkerd\.io/,
    hooks: [],
    goes: ['leave-mesh', 'viz', 'control-plane', 'cni', 'export-crds', 'crds'],
    own: {
      chart: 'linkerd-crds',
      objects: [
        {
          apiVersion: 'policy.linkerd.io/v1beta3',
          kind: 'Server',
          metadata: { name: 'payments', namespace: 'default', labels: { team: 'pay' }, annotations: { note: 'on: 0755' } },
          spec: { podSelector: { matchLabels: { app: 'payments' } }, port: 8080 },
        },
        {
          apiVersion: 'policy.linkerd.io/v1alpha1',
          kind: 'AuthorizationPolicy',
          metadata: { name: 'payments', namespace: 'default' },
          spec: {
            targetRef: { group: 'policy.linkerd.io', kind: 'Server', name: 'payments' },
            requiredAuthenticationRefs: [{ kind: 'ServiceAccount', name: 'web' }],
          },
        },
        {
          apiVersion: 'linkerd.io/v1alpha2',
          kind: 'ServiceProfile',
          metadata: { name: 'web.default.svc.cluster.local', namespace: 'default' },
          spec: { routes: [{ name: 'GET /', condition: { method: 'GET', pathRegex: '/' }, isRetryable: true }] },
        },
      ],
    },
    changed: { 'control-plane': { values: { controllerLogLevel: 'debug' } } },
    upgraded: [
      {
        release: 'linkerd-control-plane',
        values: {
          ...{ identity: { externalCA: true, issuer: { scheme: 'kubernetes.io/tls' } }, controllerLogLevel: 'debug' },
          ...{ controllerLogFormat: 'json', cniEnabled: true, disableHeartBeat: true },
        },
      },
      { release: 'linkerd-cni', values: { logLevel: 'debug' }, namespace: 'linkerd-cni' },
      { release: 'linkerd-viz', values: { defaultLogLevel: 'warn' }, namespace: 'linkerd-viz' },
    ],
    differs: [
      'One pod of each part: high availability wants three nodes.',
      'disableHeartBeat is true, because Meshwright is offline here.',
      'viz brings a Prometheus of its own, where many users have one already.',
    ],
    releases: (version) => [
      `linkerd-crds linkerd-crds-${version} deployed`,
      `linkerd-control-plane linkerd-control-plane-${version} deployed`,
      `linkerd-cni linkerd2-cni-${version} deployed`,
      `linkerd-viz linkerd-viz-${version} deployed`,
    ],
    expected: (version) => version,
  },
]

/** Throws for a mesh that has none. */
export function lifecycleOf(mesh: string): Lifecycle {
  const found = lifecycles.find((each) => each.mesh === mesh)
  if (found === undefined) throw new Error(`there is no lifecycle of ${mesh}`)
  return found
}
