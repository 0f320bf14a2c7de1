import semver from 'semver'
import { z } from 'zod'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog, CatalogVersion } from './catalog.js'
import { type ChartMesh, defaultRevision, type Place, type Wanted } from './chart-mesh.js'
import { checkGatewayApi } from './check-gateway-api.js'
import { type ComponentInstance, deepMerge, imageValues } from './components.js'
import { deprecatedFindings } from './deprecated-values.js'
import { fetchCharts } from './fetch-charts.js'
import { findInstalled, type Installed, type InstalledRelease } from './installed-releases.js'
import { foreignFindings } from './judge-control-planes.js'
import type { Action, Call, Scene } from './mesh-adapter.js'
import { findRevisionMembers } from './mesh-members.js'
import { checkListed, findVersion, type OfferedVersion } from './offered-versions.js'
import { timeoutParameter, valuesSchema } from './parameters-schema.js'
import { withPhoneHome } from './phone-home.js'
import { errorFinding, infoFinding, isError, refusedAction } from './plan-findings.js'
import { checkKubernetesVersion, checkLifetime, checkRelease, checkScope } from './preflight.js'
import { secretFindings } from './secret-references.js'
import { checkNetwork } from './surroundings/check-surroundings.js'
import { checkPlatform } from './surroundings/platform.js'
import { absentFindings } from './uninstall-action.js'
import { checkPath } from './upgrade-path.js'
import { nothingPlanned, planReleaseUpgrade } from './upgrade-release.js'
import { pinnedFindings } from './upgrade-values.js'
import { formFindings } from './value-form.js'

const Params = z.looseObject({ timeoutSeconds: z.number().default(300) })

/**
 * Brings the releases of an installation to another version in the catalogue's order. Each starts from the values that its
 * user gave, with the changes of this call over them; helm's apply method stays as the release has it.
 */
export function upgradeAction(mesh: ChartMesh): Action {
  const { catalog } = mesh
  return {
    key: 'upgrade',
    title: `Upgrade ${catalog.title}`,
    category: 'upgrade',
    scope: 'cluster',
    destructive: false,
    requires: ['installation'],
    handling: 'upgrade',
    parametersSchema: valuesSchema(catalog, { timeoutSeconds: timeoutParameter }),
    prepare: async (call, scene) => {
      const scope = checkScope(scene.session, catalog.title)
      if (scope.length > 0) return refusedAction(scope)
      const params = Params.parse(call.parameters.params ?? {})
      const version = await findVersion(catalog, scene.releases.charts, call.version)
      const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
      const installed = await findInstalled(scene.session, catalog, place)
      const path = pathFindings(catalog, installed, version)
      // Another version has to be chosen, of which everything else is said; an operation under way is looked at all the same.
      if (scene.operation === '' && path.some(isError)) return refusedAction(path)
      const placed = await Promise.all(
        installed.releases.map((release) => {
          const instance = instanceOf(catalog, release, { call, version })
          return mesh.atUpgrade?.(instance, scene) ?? instance
        }),
      )
      const { instances, findings: home } = withPhoneHome(catalog, scene, placed)
      const { packages, findings, inputs } = await fetchCharts(scene, catalog, instances)
      const wanted: Wanted = { ...place, version, instances, params }
      const preflight = await preflightFindings(mesh, scene, { wanted, installed, call })
      const before = (await mesh.before?.(scene, wanted)) ?? []
      const releases = await Promise.all(
        installed.releases.map((release, index) => {
          const chart = packages.get(release.name)
          const values = instances[index]?.values ?? {}
          return chart
            ? planReleaseUpgrade(scene, { catalog, release, values, chart, timeoutMs: params.timeoutSeconds * 1000 })
            : nothingPlanned
        }),
      )
      return {
        steps: [...before, ...releases.flatMap(({ steps }) => steps)],
        findings: [
          ...findings,
          ...path,
          ...unusedValues(call, installed),
          ...preflight,
          ...home,
          ...releases.flatMap((release) => release.findings),
        ],
        confirmations: releases.flatMap(({ confirmations }) => confirmations),
        leftovers: [],
        inputs,
      }
    },
  }
}

function pathFindings(catalog: Catalog, { releases }: Installed, version: CatalogVersion): Finding[] {
  const from = oldestVersion(releases)
  return from === undefined ? [] : checkPath(catalog, from, version)
}

function instanceOf(
  catalog: Catalog,
  { name, component, release, namespace, payload }: InstalledRelease,
  { call: { version, parameters }, version: target }: { call: Call; version: OfferedVersion },
): ComponentInstance {
  const images = imageValues(catalog, component, { images: parameters.images, version, target })
  const delta = deepMerge(images, parameters.components?.[name]?.values ?? {})
  return { name, component, version, release, namespace, values: deepMerge(payload.values, delta) }
}

/** Values for what has no release here: nothing would come of them, and nobody would notice. */
function unusedValues({ parameters }: Call, { releases }: Installed): Finding[] {
  const unused = Object.keys(parameters.components ?? {}).filter((name) => releases.every((release) => release.name !== name))
  return unused.map((name) =>
    errorFinding({
      code: 'component-absent',
      message: `Values are given for ${name}, and no release here is of it.`,
      cause: `There are ${releases.map(({ name: own, release }) => `${own} (release ${release})`).join(', ') || 'no releases'}.`,
      remedy: 'Leave these values out; what is to be added is installed first.',
    }),
  )
}

async function preflightFindings(
  { catalog, check }: ChartMesh,
  scene: Scene,
  { wanted, installed, call }: { wanted: Wanted; installed: Installed; call: Call },
): Promise<Finding[]> {
  const { session, releases } = scene
  const { version } = wanted
  const from = oldestVersion(installed.releases)
  const isChange = from !== undefined && from !== version.version
  const found = await Promise.all([
    releases.check({ revision: wanted.revision === defaultRevision ? '' : wanted.revision }),
    absentFindings(catalog, installed, wanted),
    foreignFindings(catalog, [...installed.planes, ...installed.releases], 'upgrade'),
    checkKubernetesVersion(session, catalog.title, version),
    checkLifetime(catalog.title, version),
    checkListed(catalog.title, version),
    checkGatewayApi(session, catalog.title, version),
    checkNetwork(session, catalog, wanted.instances),
    checkPlatform(session, catalog, wanted.instances),
    check?.(scene, wanted) ?? [],
    ...installed.releases.map(({ release, namespace }) => checkRelease(session, { namespace, name: release })),
    ...installed.releases.map(({ release, payload }, index) =>
      isChange ? pinnedFindings(release, wanted.instances[index]?.values ?? {}, [payload.chartVersion, payload.appVersion]) : [],
    ),
    ...wanted.instances.flatMap((instance) => {
      const given = call.parameters.components?.[instance.name]?.values ?? {}
      return [formFindings({ ...instance, values: given }), deprecatedFindings(instance), secretFindings(session, { ...instance, given })]
    }),
    isChange ? dataPlaneFindings(scene, catalog, { version, installed, place: wanted }) : [],
  ])
  return found.flat()
}

/** Where the upgrade starts: after one that stopped half way the releases differ. */
function oldestVersion(releases: readonly InstalledRelease[]): string | undefined {
  const versions = releases.map(({ payload }) => payload.chartVersion)
  return versions.every((version) => semver.valid(version)) ? semver.sort([...versions])[0] : versions[0]
}

/** A proxy is of the version with which its pod was made. */
async function dataPlaneFindings(
  { session }: Scene,
  catalog: Catalog,
  { version, installed, place }: { version: CatalogVersion; installed: Installed; place: Place },
): Promise<Finding[]> {
  const { pods } = await findRevisionMembers(session, catalog, installed.others.length > 0 ? place.revision : undefined)
  if (pods.length === 0) return []
  const namespaces = [...new Set(pods.map(({ object }) => object.metadata.namespace ?? ''))].sort()
  return [
    infoFinding({
      code: 'data-plane-behind',
      message: `${pods.length} ${pods.length === 1 ? 'pod keeps its proxy' : 'pods keep their proxies'} until restarted (${namespaces.slice(0, 10).join(', ')}).`,
      cause: 'A proxy is of the version with which its pod was made.',
      remedy: `Upgrade the data plane once ${catalog.title} ${version.version} is up: namespace by namespace (upgrade-data-plane).`,
    }),
  ]
}
