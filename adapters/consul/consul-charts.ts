import semver from 'semver'
import { z } from 'zod'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ChartMesh, Wanted } from '../runtime/chart-mesh.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import { type ComponentInstance, deepMerge } from '../runtime/components.js'
import type { Scene } from '../runtime/mesh-adapter.js'
import { errorFinding, infoFinding, warningFinding } from '../runtime/plan-findings.js'
import { whenForbidden } from '../runtime/when-forbidden.js'
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
  if (bringsDefinitions(consul) && (await hasPolicy(session))) return [refusedByPolicy(consul.version)]
  const message = 'The Gateway API is looked after by others: the chart is told to leave it alone.'
  return [infoFinding({ code: 'gateway-api-kept', message, remedy: 'Nothing.' })]
}

const ApiGateway = z.looseObject({ manageExternalCRDs: z.boolean().default(true), manageNonStandardCRDs: z.boolean().default(false) })
const Switches = z.looseObject({ connectInject: z.looseObject({ apiGateway: ApiGateway.prefault({}) }).prefault({}) })

/** Before 2.0 the chart brings TCPRoute even where it is told to leave the rest alone: its injector reads it. */
function bringsDefinitions({ version, values }: ComponentInstance): boolean {
  const switches = Switches.safeParse(values)
  if (semver.gte(version, '2.0.0') || !switches.success) return false
  const { manageExternalCRDs, manageNonStandardCRDs } = switches.data.connectInject.apiGateway
  return manageExternalCRDs || manageNonStandardCRDs
}

// Bundles since 1.5 bring it (gateway-api:config/crd/standard/gateway.networking.k8s.io_vap_safeupgrades.yaml).
const policyName = 'safe-upgrades.gateway.networking.k8s.io'

async function hasPolicy(session: ClusterSession): Promise<boolean> {
  const policy = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', name: policyName }
  return (await whenForbidden(session.get(policy), undefined)) !== undefined
}

function refusedByPolicy(version: string): Finding {
  return errorFinding({
    code: 'gateway-api-refuses-chart',
    message: `The Gateway API in this cluster refuses what the chart of Consul ${version} brings of it.`,
    cause: `Its policy ${policyName} takes no definition of a bundle before 1.5, and the chart brings those of 0.6.2 that are not there (TCPRoute).`,
    remedy: 'Choose Consul 2.0 or later, which brings none beside it, or a cluster whose Gateway API is older than 1.5.',
  })
}
