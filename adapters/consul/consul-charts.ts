import semver from 'semver'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ChartMesh, Wanted } from '../runtime/chart-mesh.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import { type ComponentInstance, deepMerge } from '../runtime/components.js'
import type { Scene } from '../runtime/mesh-adapter.js'
import { infoFinding, warningFinding } from '../runtime/plan-findings.js'
import { consulCatalog } from './consul-catalog.js'

/** Consul by its one chart. The chart also brings definitions of the Gateway API, which are everybody's: where others look after them it is told not to. */
export const consulCharts: ChartMesh = {
  catalog: consulCatalog,
  place: (instance, _place, scene) => leaveGatewayApi(instance, scene),
  // The switch has another name since 2.0.
  atUpgrade: leaveGatewayApi,
  check: checkGatewayApiOwner,
}

async function leaveGatewayApi(instance: ComponentInstance, { session }: Scene): Promise<ComponentInstance> {
  const owner = await gatewayApiOwner(session)
  if (owner === 'nobody' || isRelease(owner, instance)) return instance
  return { ...instance, values: deepMerge(withoutGatewayApi(instance.version, await hasTcpRoutes(session)), instance.values) }
}

/** `nobody` when it is not there; `others` when no helm release owns it. */
async function gatewayApiOwner(session: ClusterSession): Promise<'nobody' | 'others' | { release: string; namespace: string }> {
  const definition = await session.get({ ...definitions, name: 'gateways.gateway.networking.k8s.io' })
  if (definition === undefined) return 'nobody'
  const release = definition.metadata.annotations?.['meta.helm.sh/release-name']
  const namespace = definition.metadata.annotations?.['meta.helm.sh/release-namespace']
  return release && namespace ? { release, namespace } : 'others'
}

const definitions = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' }

async function hasTcpRoutes(session: ClusterSession): Promise<boolean> {
  return (await session.get({ ...definitions, name: 'tcproutes.gateway.networking.k8s.io' })) !== undefined
}

function isRelease(owner: { release: string; namespace: string } | 'others', { release, namespace }: ComponentInstance): boolean {
  return owner !== 'others' && owner.release === release && owner.namespace === namespace
}

/** Since 2.0 the switch is global.installK8sNetworkingCRDs (consul-k8s:charts/consul/templates/crd-gateways-external.yaml@v2.0.3). */
function withoutGatewayApi(version: string, hasTcpRoute: boolean): Record<string, unknown> {
  if (semver.gte(version, '2.0.0')) return { global: { installK8sNetworkingCRDs: false } }
  return { connectInject: { apiGateway: { manageExternalCRDs: false, manageNonStandardCRDs: !hasTcpRoute } } }
}

async function checkGatewayApiOwner({ session }: Scene, { instances }: Wanted): Promise<Finding[]> {
  const owner = await gatewayApiOwner(session)
  const [consul] = instances
  if (consul === undefined) return []
  if (owner === 'nobody') {
    const message = 'The Gateway API is not there: the chart brings its own definitions of it, of version 0.6.2.'
    const cause = 'They belong to the release, and helm deletes them with it, and everybody’s routes with them. Meshwright keeps them then.'
    return [
      warningFinding({
        code: 'gateway-api-by-chart',
        message,
        cause,
        remedy: 'Install the Gateway API first: then this chart leaves it alone.',
      }),
    ]
  }
  if (isRelease(owner, consul)) return []
  const message = 'The Gateway API is looked after by others: the chart is told to leave it alone.'
  return [infoFinding({ code: 'gateway-api-kept', message, remedy: 'Nothing.' })]
}
