import type { Parameters } from '../../contract/parameters.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ChartMesh, Surroundings, Wanted } from '../runtime/chart-mesh.js'
import { defaultRevision } from '../runtime/chart-mesh.js'
import { type ComponentInstance, deepMerge } from '../runtime/components.js'
import type { Scene } from '../runtime/mesh-adapter.js'
import { findParts } from '../runtime/mesh-parts.js'
import { errorFinding } from '../runtime/plan-findings.js'
import { addOnsBehind } from './add-ons/add-ons-behind.js'
import { addOnsAtUninstall } from './add-ons/remove-add-ons.js'
import { authorityParameter, checkAuthority, placeAuthority } from './authority/istio-authority.js'
import { istioCatalog } from './istio-catalog.js'
import { objectsOfTags } from './revisions/revision-tags.js'
import { strictPolicies } from './strict-policies.js'
import { waypointsAtUninstall } from './waypoints.js'

/** Istio by its own charts: definitions, control plane, what runs on each node, gateways. */
export const istioCharts: ChartMesh = {
  catalog: istioCatalog,
  params: {
    dataPlane: {
      enum: ['sidecar', 'ambient'],
      default: 'sidecar',
      title: 'Data plane',
      description: 'sidecar: a proxy in each pod. ambient: one on each node, with the node agent; both come along.',
    },
    ca: authorityParameter,
  },
  complete: withDataPlane,
  place: (instance, place, scene) => placeAuthority(placeIstio(instance, place), place.params, scene),
  check: async (scene, wanted) =>
    (await Promise.all([checkDataPlane(scene, wanted), checkAuthority(scene, wanted), addOnsBehind(scene, wanted)])).flat(),
  strict: strictPolicies,
  outside: ({ session }, place) => objectsOfTags(session, place),
  ahead: waypointsAtUninstall,
  beside: addOnsAtUninstall,
}

function withDataPlane(parameters: Parameters): Parameters {
  if (parameters.params?.dataPlane !== 'ambient') return parameters
  return { ...parameters, components: { cni: {}, ztunnel: {}, ...parameters.components } }
}

/** The node's proxy gets its traffic from the node agent, and nothing without it. */
async function checkDataPlane({ session }: Scene, { instances }: Wanted): Promise<Finding[]> {
  const has = (name: string) => instances.some(({ component }) => component.component === name)
  if (!has('ztunnel') || has('cni')) return []
  const parts = await findParts(session, istioCatalog)
  if (parts.some(({ workload }) => workload.metadata.labels?.['k8s-app'] === 'istio-cni-node')) return []
  return [
    errorFinding({
      code: 'ambient-needs-node-agent',
      message: 'The ambient proxy is wanted without the node agent.',
      cause: 'The node agent (istio-cni) leads the traffic of pods to the proxy of their node.',
      remedy: 'Install the node agent too.',
    }),
  ]
}

/** A revision is part of istiod's release name and of what gateways connect to; the definitions are shared by all revisions. */
export function placeIstio(instance: ComponentInstance, { revision, namespace, components }: Surroundings): ComponentInstance {
  const placed = namespace === istioCatalog.namespace ? {} : { global: { istioNamespace: namespace } }
  const named = revision === defaultRevision ? {} : { revision }
  // Istio's own profile of this name sets what control plane and node agent need of each other.
  const profile = components.includes('ztunnel') ? { profile: 'ambient' } : {}
  const valued = (...values: Record<string, unknown>[]) => ({ ...instance, values: [...values, instance.values].reduce(deepMerge, {}) })
  switch (instance.component.component) {
    case 'istiod': {
      const release =
        named.revision && instance.release === instance.component.release ? `${instance.release}-${revision}` : instance.release
      const injection = components.includes('cni') ? { pilot: { cni: { enabled: true } } } : {}
      return { ...valued(placed, named, profile, injection), release }
    }
    case 'cni':
      return valued(profile)
    case 'ztunnel':
      return valued(namespace === istioCatalog.namespace ? {} : { istioNamespace: namespace }, named)
    case 'gateway':
      return valued(named)
    default:
      return valued(placed, named.revision ? { defaultRevision: revision } : {})
  }
}
