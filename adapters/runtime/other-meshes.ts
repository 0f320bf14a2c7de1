import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from './cluster-session.js'
import { warningFinding } from './plan-findings.js'
import { whenForbidden } from './when-forbidden.js'

// Its names begin with the release or with the value global.name, and end alike in both kinds of configurations.
const ofConsul = /consul.*-connect-inject(or)?(-cfg)?$/

/** All webhook configurations of each mesh that has a rescue from them, by their names. */
export const webhookNames = {
  istio: /^(istio-|istiod-)/,
  linkerd: /^linkerd-/,
  consul: ofConsul,
  kuma: /^(kuma|kong-mesh)-(admission|validating)/,
}

/**
 * How a mesh's injector is called in the cluster; an injector is what two meshes get into each other's way with. `webhooks`
 * are all webhook configurations of a mesh that has a rescue from them, `revisionLabel` how it tells their revisions.
 */
export const injectors: readonly { mesh: string; title: string; name: RegExp; webhooks?: RegExp; revisionLabel?: string }[] = [
  {
    mesh: 'istio',
    title: 'Istio',
    name: /^istio-(sidecar-injector|revision-tag)/,
    webhooks: webhookNames.istio,
    revisionLabel: 'istio.io/rev',
  },
  { mesh: 'linkerd', title: 'Linkerd', name: /^linkerd-(proxy-injector|jaeger-injector|viz)/, webhooks: webhookNames.linkerd },
  { mesh: 'consul', title: 'Consul', name: ofConsul, webhooks: webhookNames.consul },
  { mesh: 'kuma', title: 'Kuma', name: /^(kuma|kong-mesh)-admission-mutating/, webhooks: webhookNames.kuma },
  { mesh: 'osm', title: 'Open Service Mesh', name: /^(osm|fsm)-webhook/ },
  { mesh: 'nsm', title: 'Network Service Mesh', name: /^nsm-(mutating|admission)|^admission-webhook-k8s/ },
  { mesh: 'app-mesh', title: 'AWS App Mesh', name: /^appmesh-controller/ },
  { mesh: 'citrix', title: 'NetScaler CPX', name: /^cpx-sidecar-injector/ },
  { mesh: 'nginx-sm', title: 'NGINX Service Mesh', name: /nginx-mesh|nginx-service-mesh/ },
]

/** Other meshes whose injectors are active. Two meshes can share a cluster, never a namespace. */
export async function findOtherMeshes(session: ClusterSession, mesh: string): Promise<Finding[]> {
  const kind = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' }
  // Without the right to look, nothing is known: the permissions that an install lacks are found elsewhere.
  const webhooks = await whenForbidden(session.list(kind, { metadataOnly: true }), [])
  return injectors
    .filter((injector) => injector.mesh !== mesh)
    .flatMap(({ title, name }) => {
      const webhook = webhooks.find(({ metadata }) => name.test(metadata.name ?? ''))
      if (webhook === undefined) return []
      return warningFinding({
        code: 'another-mesh',
        message: `${title} is active in this cluster.`,
        cause: `Its injector is there: MutatingWebhookConfiguration ${webhook.metadata.name}.`,
        remedy: 'The two can share the cluster as long as no namespace is a member of both.',
        object: { ...kind, namespace: '', name: webhook.metadata.name ?? '' },
      })
    })
}
