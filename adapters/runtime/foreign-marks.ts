import type { KubeMetadata, KubeObject } from '../../kube/kube-object.js'

/** How something asks for a mesh, for all meshes there are: an adapter knows no other adapter's catalogue. */
interface AskingMark {
  mesh: string
  title: string
  carrier: 'labels' | 'annotations'
  key: string
  /** Empty: every value asks, but for those that say no. */
  values: string[]
}

const saysNo = ['disabled', 'false', 'no', 'none']

const namespaceMarks: readonly AskingMark[] = [
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

// Of pods: a template that bears one makes members of its pods, whatever their namespace says.
const templateMarks: readonly AskingMark[] = [
  { mesh: 'istio', title: 'Istio', carrier: 'labels', key: 'sidecar.istio.io/inject', values: ['true'] },
  { mesh: 'istio', title: 'Istio', carrier: 'labels', key: 'istio.io/dataplane-mode', values: ['ambient'] },
  { mesh: 'linkerd', title: 'Linkerd', carrier: 'annotations', key: 'linkerd.io/inject', values: ['enabled', 'ingress'] },
  { mesh: 'kuma', title: 'Kuma', carrier: 'labels', key: 'kuma.io/sidecar-injection', values: ['enabled', 'true'] },
  { mesh: 'consul', title: 'Consul', carrier: 'annotations', key: 'consul.hashicorp.com/connect-inject', values: ['true'] },
  {
    mesh: 'osm',
    title: 'Open Service Mesh',
    carrier: 'annotations',
    key: 'openservicemesh.io/sidecar-injection',
    values: ['enabled', 'yes', 'true'],
  },
]

/** A mark by which something asks for another mesh. */
export interface ForeignMark {
  mesh: string
  title: string
  /** `istio-injection=enabled` */
  mark: string
}

/** What a namespace asks of other meshes than this one. */
export function foreignMarks(mesh: string, { metadata }: KubeObject): ForeignMark[] {
  return marksIn(namespaceMarks, mesh, metadata)
}

/** What a pod template asks of other meshes than this one. */
export function foreignTemplateMarks(mesh: string, template: Marked): ForeignMark[] {
  return marksIn(templateMarks, mesh, template)
}

type Marked = Pick<KubeMetadata, 'labels' | 'annotations'>

function marksIn(marks: readonly AskingMark[], mesh: string, metadata: Marked): ForeignMark[] {
  return marks.flatMap((mark) => {
    const value = metadata[mark.carrier]?.[mark.key]
    if (mark.mesh === mesh || value === undefined || saysNo.includes(value)) return []
    return mark.values.length === 0 || mark.values.includes(value)
      ? [{ mesh: mark.mesh, title: mark.title, mark: `${mark.key}=${value}` }]
      : []
  })
}

/** How a pod shows that an injector was at it. */
const podMarks: readonly Omit<AskingMark, 'values'>[] = [
  { mesh: 'istio', title: 'Istio', carrier: 'annotations', key: 'sidecar.istio.io/status' },
  { mesh: 'linkerd', title: 'Linkerd', carrier: 'annotations', key: 'linkerd.io/proxy-version' },
  { mesh: 'kuma', title: 'Kuma', carrier: 'annotations', key: 'kuma.io/sidecar-injected' },
  { mesh: 'consul', title: 'Consul', carrier: 'annotations', key: 'consul.hashicorp.com/connect-inject-status' },
  { mesh: 'osm', title: 'Open Service Mesh', carrier: 'labels', key: 'osm-proxy-uuid' },
  { mesh: 'nginx-sm', title: 'NGINX Service Mesh', carrier: 'labels', key: 'injector.nsm.nginx.com/status' },
]

/** The other meshes whose proxies a pod has. */
export function foreignProxies(mesh: string, { metadata }: KubeObject): { mesh: string; title: string }[] {
  return podMarks.filter((mark) => mark.mesh !== mesh && metadata[mark.carrier]?.[mark.key] !== undefined)
}
