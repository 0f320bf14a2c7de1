import semver from 'semver'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { CatalogVersion } from './catalog.js'
import type { ClusterSession } from './cluster-session.js'
import { describeBundle, findGatewayDefinitions, type GatewayDefinition } from './gateway-definitions.js'
import { errorFinding, infoFinding, warningFinding } from './plan-findings.js'
import { whenForbidden } from './when-forbidden.js'

type Window = Pick<CatalogVersion, 'version' | 'gatewayApi' | 'needsGatewayApi' | 'bringsGatewayApi'>

/** The definitions of the Gateway API against what this version of the mesh works with, and whether somebody may take them away. */
export async function checkGatewayApi(session: ClusterSession, title: string, wanted: Window): Promise<Finding[]> {
  const { gatewayApi: range, needsGatewayApi, bringsGatewayApi } = wanted
  if (range === '') return []
  const name = `${title} ${wanted.version}`
  const definitions = await whenForbidden(findGatewayDefinitions(session), undefined)
  if (definitions === undefined) return [unseen(name, range)]
  if (definitions.length === 0) return bringsGatewayApi ? [] : [absent(name, { range, needsGatewayApi })]
  // Those of a chart that brings them are told of by its own mesh, with what becomes of them.
  return [...outside(definitions, { name, range }), ...(bringsGatewayApi ? [] : endangered(definitions))]
}

function unseen(name: string, range: string): Finding {
  return warningFinding({
    code: 'gateway-api-unknown',
    message: `Which Gateway API is in this cluster cannot be seen; ${name} works with ${range}.`,
    cause: 'The cluster connection may not list CustomResourceDefinitions.',
    remedy: 'Let it list them, or look yourself: kubectl get customresourcedefinitions.',
  })
}

function absent(name: string, { range, needsGatewayApi }: { range: string; needsGatewayApi: boolean }): Finding {
  const remedy = `Install the Gateway API in a version ${range}; Meshwright lists it beside the meshes.`
  if (needsGatewayApi) {
    return errorFinding({ code: 'gateway-api-absent', message: `${name} needs the Gateway API, which is not in this cluster.`, remedy })
  }
  const message = `The Gateway API is not in this cluster. ${name} works without it, and its Gateways and HTTPRoutes cannot be used.`
  return infoFinding({ code: 'gateway-api-absent', message, remedy: `To use them: ${remedy[0]?.toLowerCase()}${remedy.slice(1)}` })
}

function outside(definitions: readonly GatewayDefinition[], { name, range }: { name: string; range: string }): Finding[] {
  const judged = { older: semver.ltr, newer: semver.gtr }
  const remedies = {
    older: `Upgrade the Gateway API to a version ${range} first. Until then routes may be ignored.`,
    newer: `Try it on a cluster that nobody needs first, or choose a version of the mesh that works with it. A newer bundle is never taken back to an older one.`,
  }
  return (['older', 'newer'] as const).flatMap((side) => {
    const found = definitions.filter(({ version }) => version !== '' && judged[side](plain(version), range))
    if (found.length === 0) return []
    const which = found.length === definitions.length ? '' : ` (${found.map((one) => one.name).join(', ')})`
    return [
      warningFinding({
        code: `gateway-api-${side}`,
        message: `The Gateway API in this cluster is ${describeBundle(found)}${which}; ${name} works with ${range}.`,
        cause: side === 'older' ? 'What it reads may not be in the older definitions.' : 'It was built against an older bundle.',
        remedy: remedies[side],
      }),
    ]
  })
}

/** 1.6.0-rc.1 counts as 1.6.0: a range leaves out what comes before a release. */
function plain(version: string): string {
  return semver.coerce(version)?.version ?? version
}

/** helm deletes the definitions of a release with it, unless the chart says to keep them, and Kubernetes every object of theirs. */
function endangered(definitions: readonly GatewayDefinition[]): Finding[] {
  const releases = [...new Set(definitions.flatMap(({ owner }) => (owner.release === '' ? [] : [owner.release])))]
  return releases.flatMap((release) => {
    const held = definitions.filter((one) => one.owner.release === release && !isKept(one))
    if (held.length === 0) return []
    return [
      warningFinding({
        code: 'gateway-api-endangered',
        message: `${held.length} of the definitions of the Gateway API belong to the helm release ${release} and may go with it, and with them everybody's routes.`,
        cause: 'Its chart does not mark them to be kept.',
        remedy: `Before ${release} is upgraded or uninstalled, export the routes, or have its chart keep the definitions (Consul: connectInject.apiGateway.manageExternalCRDs; 2.x: global.installK8sNetworkingCRDs).`,
      }),
    ]
  })
}

/** The mark of the chart counts. Our own, set when we took a definition over, does not hold for an uninstall. */
function isKept({ object, owner }: GatewayDefinition): boolean {
  return owner.installer !== 'meshwright' && object.metadata.annotations?.['helm.sh/resource-policy'] === 'keep'
}
