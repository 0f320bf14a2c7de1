import { applyStep } from '../runtime/apply-step.js'
import type { ChartMesh, Surroundings, Wanted } from '../runtime/chart-mesh.js'
import { type ComponentInstance, deepMerge } from '../runtime/components.js'
import type { Scene, Step } from '../runtime/mesh-adapter.js'
import { checkIdentity } from './check-identity.js'
import { extensionsLeft } from './extensions-left.js'
import { linkerdCatalog } from './linkerd-catalog.js'
import { findIdentity, identityStep } from './linkerd-identity.js'

/** Linkerd by its own charts: definitions, control plane, and what a user adds. Its namespace and its identity are made here, because no chart does. */
export const linkerdCharts: ChartMesh = {
  catalog: linkerdCatalog,
  place: placeLinkerd,
  check: async ({ session }, { namespace, instances }) => (usesObjects(instances) ? checkIdentity(session, namespace) : []),
  before: async (scene, wanted) => [
    namespaceStep(scene, wanted),
    ...(usesObjects(wanted.instances) && (await findIdentity(scene.session, wanted.namespace)) === 'none'
      ? [identityStep(scene, wanted)]
      : []),
  ],
  beside: extensionsLeft,
}

/** With the node agent, pods need no init container of Linkerd; what is outside of its namespace is told where it is. */
function placeLinkerd(instance: ComponentInstance, { components, namespace }: Surroundings): ComponentInstance {
  const given: Record<string, object> = {
    'control-plane': components.includes('cni') ? { cniEnabled: true } : {},
    viz: namespace === linkerdCatalog.namespace ? {} : { linkerdNamespace: namespace },
  }
  return { ...instance, values: deepMerge({ ...given[instance.component.component] }, instance.values) }
}

/** A release that somebody's helm gave certificates as values goes on with them. */
function usesObjects(instances: Wanted['instances']): boolean {
  const plane = instances.find(({ component }) => component.component === 'control-plane')
  const identity = plane?.values.identity
  return typeof identity === 'object' && identity !== null && 'externalCA' in identity && identity.externalCA === true
}

/** With the labels that Linkerd's own command line gives it (linkerd2:charts/linkerd-control-plane/templates/namespace.yaml), which helm does not. */
function namespaceStep(scene: Scene, { namespace }: Wanted): Step {
  const labels = {
    'linkerd.io/is-control-plane': 'true',
    'config.linkerd.io/admission-webhooks': 'disabled',
    'linkerd.io/control-plane-ns': namespace,
    'pod-security.kubernetes.io/enforce': 'privileged',
  }
  return applyStep(scene, {
    key: 'namespace',
    title: `Prepare namespace ${namespace}`,
    component: 'namespace',
    force: false,
    equivalent: `kubectl create namespace ${namespace}`,
    objects: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels } }],
  })
}
