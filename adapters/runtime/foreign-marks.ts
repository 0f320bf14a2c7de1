import type { KubeObject } from '../../kube/kube-object.js'

/** How a namespace asks for a mesh, for all meshes that mark namespaces: an adapter knows no other adapter's catalogue. */
interface NamespaceMark {
  mesh: string
  title: string
  carrier: 'labels' | 'annotations'
  key: string
  /** Empty: every value asks, but for those that say no. */
  values: string[]
}

const saysNo = ['disabled', 'false', 'no', 'none']

const namespaceMarks: readonly NamespaceMark[] = [
  { mesh: 'istio', title: 'Istio', carrier: 'labels', key: 'istio-injection', values: ['enabled'] },
  { mesh: 'istio', title: 'Istio', carrier: 'labels', key: 'istio.io/rev', values: [] },
  { mesh: 'istio', title: 'Istio', carrier: 'labels', key: 'istio.io/dataplane-mode', values: ['ambient'] },
  { mesh: 'linkerd', title: 'Linkerd', carrier: 'annotations', key: 'linkerd.io/inject', values: ['enabled', 'ingress'] },
  { mesh: 'kuma', title: 'Kuma', carrier: 'labels', key: 'kuma.io/sidecar-injection', values: ['enabled', 'true'] },
  { mesh: 'osm', title: 'Open Service Mesh', carrier: 'labels', key: 'openservicemesh.io/monitored-by', values: [] },
  {
    mesh: 'app-mesh',
    title: 'AWS App Mesh',
    carrier: 'labels',
    key: 'appmesh.k8s.aws/sidecarInjectorWebhook',
    values: ['enabled'],
  },
  { mesh: 'citrix', title: 'NetScaler CPX', carrier: 'labels', key: 'cpx-injection', values: ['enabled'] },
  { mesh: 'nginx-sm', title: 'NGINX Service Mesh', carrier: 'labels', key: 'injector.nsm.nginx.com/auto-inject', values: ['true'] },
]

/** What a namespace asks of other meshes than this one. */
export function foreignMarks(mesh: string, { metadata }: KubeObject): { mesh: string; title: string; mark: string }[] {
  return namespaceMarks.flatMap((mark) => {
    const value = metadata[mark.carrier]?.[mark.key]
    if (mark.mesh === mesh || value === undefined || saysNo.includes(value)) return []
    return mark.values.length === 0 || mark.values.includes(value) ? [{ ...mark, mark: `${mark.key}=${value}` }] : []
  })
}

/** How a pod shows that an injector was at it. */
const podMarks: readonly Omit<NamespaceMark, 'values'>[] = [
  { mesh: 'istio', title: 'Istio', carrier: 'annotations', key: 'sidecar.istio.io/status' },
  { mesh: 'linkerd', title: 'Linkerd', carrier: 'annotations', key: 'linkerd.io/proxy-version' },
  { mesh: 'kuma', title: 'Kuma', carrier: 'annotations', key: 'kuma.io/sidecar-injected' },
  { mesh: 'consul', title: 'Consul', carrier: 'annotations', key: 'consul.hashicorp.com/connect-inject-status' },
  { mesh: 'osm', title: 'Open Service Mesh', carrier: 'labels', key: 'osm-proxy-uuid' },
  { mesh: 'nginx-sm', title: 'NGINX Service Mesh', carrier: 'labels', key: 'injector.nsm.nginx.com/status' },
]

/** The other meshes, by title, whose proxies a pod has. */
export function foreignProxies(mesh: string, { metadata }: KubeObject): string[] {
  return podMarks.filter((mark) => mark.mesh !== mesh && metadata[mark.carrier]?.[mark.key] !== undefined).map(({ title }) => title)
}
