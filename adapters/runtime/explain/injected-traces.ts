import type { KubeObject } from '../../../kube/kube-object.js'

/** What an injector leaves in a pod, for every mesh: an adapter knows no other adapter's catalogue. */
interface Trace {
  mesh: string
  title: string
  /** Labels and annotations that only an injected pod carries. */
  marks: string[]
  /** Containers that it adds, of both kinds. */
  containers: RegExp
}

const traces: readonly Trace[] = [
  {
    mesh: 'istio',
    title: 'Istio',
    marks: ['sidecar.istio.io/status', 'security.istio.io/tlsMode'],
    containers: /^(istio-(proxy|init|validation)|enable-core-dump)$/,
  },
  {
    mesh: 'linkerd',
    title: 'Linkerd',
    marks: ['linkerd.io/proxy-version', 'linkerd.io/control-plane-ns'],
    containers: /^linkerd-(proxy|init|network-validator|debug)$/,
  },
  { mesh: 'kuma', title: 'Kuma', marks: ['kuma.io/sidecar-injected'], containers: /^kuma-(sidecar|init|validation)$/ },
  {
    mesh: 'consul',
    title: 'Consul',
    marks: ['consul.hashicorp.com/connect-inject-status'],
    containers: /^consul-(dataplane|connect-inject-init)(-.*)?$/,
  },
  { mesh: 'osm', title: 'Open Service Mesh', marks: ['osm-proxy-uuid'], containers: /^(envoy|osm-init|osm-healthcheck)$/ },
]

/** The meshes that have been at a pod, by the marks that only an injector writes. */
export function tracesIn({ metadata }: Pick<KubeObject, 'metadata'>): Trace[] {
  const carried = { ...metadata.labels, ...metadata.annotations }
  return traces.filter(({ marks }) => marks.some((mark) => carried[mark] !== undefined))
}
