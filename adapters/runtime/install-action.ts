import { z } from 'zod'
import type { Parameters } from '../../contract/parameters.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type ChartMesh, defaultRevision, type Wanted } from './chart-mesh.js'
import type { ChartPackage } from './chart-source.js'
import { checkGatewayApi } from './check-gateway-api.js'
import type { ClusterSession } from './cluster-session.js'
import type { ComponentInstance } from './components.js'
import { deprecatedFindings } from './deprecated-values.js'
import { fetchCharts } from './fetch-charts.js'
import { latestRelease, readRelease } from './helm-releases.js'
import { installReleaseStep } from './install-release-step.js'
import { checkControlPlanes } from './judge-control-planes.js'
import { keptValuesFinding } from './kept-values.js'
import type { Action, Scene, Step } from './mesh-adapter.js'
import { checkListed } from './offered-versions.js'
import { componentsSchema, timeoutParameter } from './parameters-schema.js'
import { withPhoneHome } from './phone-home.js'
import { placeWanted } from './place-wanted.js'
import { errorFinding, refusedAction, warningFinding } from './plan-findings.js'
import { checkKubernetesVersion, checkLifetime, checkNamespace, checkRelease, checkScope } from './preflight.js'
import { revisionLabel } from './revisions.js'
import { secretFindings } from './secret-references.js'
import { checkNetwork, checkOtherMeshes } from './surroundings/check-surroundings.js'
import { findPlatform, withPlatform } from './surroundings/platform.js'
import { formFindings } from './value-form.js'
import { whenForbidden } from './when-forbidden.js'

const Params = z.looseObject({ timeoutSeconds: z.number().default(300) })

/** The releases of the catalogue in its order, each waited for: the definitions before who reads them, the control plane before its proxies. */
export function installAction(mesh: ChartMesh): Action {
  const { catalog } = mesh
  return {
    key: 'install',
    title: `Install ${catalog.title}`,
    category: 'install',
    scope: 'cluster',
    destructive: false,
    requires: [],
    handling: 'install',
    parametersSchema: componentsSchema(catalog, { timeoutSeconds: timeoutParameter, ...mesh.params }),
    prepare: async (call, scene) => {
      const scope = checkScope(scene.session, catalog.title)
      if (scope.length > 0) return refusedAction(scope)
      const params = Params.parse(call.parameters.params ?? {})
      const asked = await placeWanted(mesh, scene, { call, params, version: call.version })
      const platform = withPlatform(catalog, await findPlatform(scene.session), asked.instances)
      const quiet = withPhoneHome(catalog, scene, platform.instances)
      const wanted = { ...asked, instances: quiet.instances }
      const { packages, findings, inputs } = await fetchCharts(scene, catalog, wanted.instances)
      const preflight = await preflightFindings(mesh, scene, {
        ...{ wanted, asked: call.target.revision },
        given: call.parameters.components ?? {},
      })
      // With helm or without: a recovery looks at the cluster all the same.
      const before = (await mesh.before?.(scene, wanted)) ?? []
      const steps = [...before, ...releaseSteps(mesh, scene, { wanted, packages, timeoutSeconds: params.timeoutSeconds })]
      return {
        steps,
        findings: [...findings, ...platform.findings, ...preflight, ...quiet.findings, ...keptValuesFinding(asked.kept)],
        confirmations: [],
        leftovers: [],
        inputs,
      }
    },
  }
}

async function preflightFindings(
  { catalog, check }: ChartMesh,
  scene: Scene,
  { wanted, asked, given }: { wanted: Wanted; asked: string; given: Parameters['components'] & {} },
): Promise<Finding[]> {
  const { session, releases } = scene
  const { version, instances, namespace, revision } = wanted
  const found = await Promise.all([
    releases.check({ revision: asked }),
    checkRevision(catalog, asked),
    checkKubernetesVersion(session, catalog.title, version),
    checkLifetime(catalog.title, version),
    checkListed(catalog.title, version),
    checkGatewayApi(session, catalog.title, version),
    whenForbidden(checkControlPlanes(session, catalog, { namespace, revision, version: version.version }), [unseen(catalog.title)]),
    checkOtherMeshes(session, catalog),
    checkNetwork(session, catalog, instances),
    check?.(scene, wanted) ?? [],
    ...[...new Set(instances.map((instance) => instance.namespace))].map((name) => checkNamespace(session, name)),
    ...instances.map(({ release, namespace: place }) => checkRelease(session, { namespace: place, name: release })),
    ...instances.map((instance) => whenForbidden(checkPresent(session, instance), [])),
    ...instances.map(formFindings),
    ...instances.map(deprecatedFindings),
    ...instances.map((instance) => secretFindings(session, { ...instance, given: given[instance.name]?.values ?? {} })),
  ])
  return found.flat()
}

function checkRevision(catalog: ChartMesh['catalog'], revision: string): Finding[] {
  if (revision === '' || revision === defaultRevision || revisionLabel(catalog) !== '') return []
  const remedy = 'Leave the revision out.'
  return [errorFinding({ code: 'revision-unsupported', message: `${catalog.title} has no revisions: there is one in a cluster.`, remedy })]
}

/** The chart of a release that is there does not change by an install. Where labels tell the version, the control plane says so already. */
async function checkPresent(session: ClusterSession, { release, namespace, component, version }: ComponentInstance): Promise<Finding[]> {
  const record = await latestRelease(session, { namespace, name: release })
  const payload = record && (await readRelease(session, record))
  if (payload === undefined || (payload.chart === component.chart && payload.chartVersion === version)) return []
  const isOther = payload.chart !== component.chart
  return [
    errorFinding({
      code: isOther ? 'release-taken' : 'installation-present',
      message: `Release ${release} in ${namespace} holds chart ${payload.chart} ${payload.chartVersion}.`,
      cause: isOther ? 'It is something else under the same name.' : 'An install does not change the version of what is there.',
      remedy: isOther ? 'Give this one another release name or namespace.' : 'Upgrade it, or uninstall it first.',
    }),
  ]
}

/** For an identity that may not list workloads in all namespaces. */
function unseen(title: string): Finding {
  return warningFinding({
    code: 'installations-unknown',
    message: `Whether another ${title} or another mesh is there cannot be seen.`,
    cause: 'The cluster connection may not list Deployments in all namespaces.',
    remedy: 'Let it list them, or make sure yourself that there is none.',
  })
}

function releaseSteps(
  { catalog }: ChartMesh,
  scene: Scene,
  { wanted, packages, timeoutSeconds }: { wanted: Wanted; packages: ReadonlyMap<string, ChartPackage>; timeoutSeconds: number },
): Step[] {
  return wanted.instances.flatMap(({ name, component, namespace, release, values }) => {
    const chart = packages.get(name)
    if (chart === undefined) return []
    return installReleaseStep(scene, {
      ...{ key: name, title: `Install ${component.title} ${release}`, component: name },
      ...{ release, namespace, chart, values },
      catalog,
      timeoutMs: timeoutSeconds * 1000,
    })
  })
}
