import type { ChartMesh, Place } from '../runtime/chart-mesh.js'
import { defaultRevision } from '../runtime/chart-mesh.js'
import { type ComponentInstance, deepMerge } from '../runtime/components.js'
import { istioCatalog } from './istio-catalog.js'

/** Istio by its own charts: definitions, control plane, gateways. */
export const istioCharts: ChartMesh = { catalog: istioCatalog, place: placeIstio }

/** A revision is part of istiod's release name and of what gateways connect to; the definitions are shared by all revisions. */
function placeIstio(instance: ComponentInstance, { revision, namespace }: Place): ComponentInstance {
  const placed = namespace === istioCatalog.namespace ? {} : { global: { istioNamespace: namespace } }
  const named = revision === defaultRevision ? {} : { revision }
  switch (instance.component.component) {
    case 'istiod': {
      const release =
        named.revision && instance.release === instance.component.release ? `${instance.release}-${revision}` : instance.release
      return { ...instance, release, values: deepMerge(deepMerge(placed, named), instance.values) }
    }
    case 'gateway':
      return { ...instance, values: deepMerge(named, instance.values) }
    default:
      return { ...instance, values: deepMerge(deepMerge(placed, named.revision ? { defaultRevision: revision } : {}), instance.values) }
  }
}
