import semver from 'semver'
import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Place } from '../../runtime/chart-mesh.js'
import type { ChartPackage } from '../../runtime/chart-source.js'
import { readChartDefaults } from '../../runtime/chart-traits.js'
import { checkGatewayApi } from '../../runtime/check-gateway-api.js'
import { type ComponentInstance, deepMerge, imageValues } from '../../runtime/components.js'
import { deprecatedFindings } from '../../runtime/deprecated-values.js'
import { fetchCharts } from '../../runtime/fetch-charts.js'
import { installReleaseStep } from '../../runtime/install-release-step.js'
import type { InstalledRelease } from '../../runtime/installed-releases.js'
import { checkControlPlanes, foreignFindings } from '../../runtime/judge-control-planes.js'
import type { Action, Scene } from '../../runtime/mesh-adapter.js'
import { checkListed, findVersion, type OfferedVersion } from '../../runtime/offered-versions.js'
import { label, timeoutParameter, valuesSchema } from '../../runtime/parameters-schema.js'
import { errorFinding, infoFinding, isError, refusedAction } from '../../runtime/plan-findings.js'
import { checkKubernetesVersion, checkLifetime, checkRelease, checkScope } from '../../runtime/preflight.js'
import { checkPath } from '../../runtime/upgrade-path.js'
import { nothingPlanned, planReleaseUpgrade } from '../../runtime/upgrade-release.js'
import { goneFindings, pinnedFindings } from '../../runtime/upgrade-values.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { placeIstio } from '../istio-charts.js'
import { findRevision, instanceAt, placeOf, planeFindings, type RevisionFound } from './revision-releases.js'

const Params = z.object({ newRevision: z.string().default(''), timeoutSeconds: z.number().default(300) })

/**
 * The first part of an upgrade by revisions: the definitions come to the new version, and a second control plane of it comes
 * up beside the first. No proxy changes hands: namespaces move one by one (join, or point-tag), and retire ends it
 * (istio.io/latest/docs/setup/upgrade/canary, with helm).
 */
export const canaryAction: Action = {
  key: 'canary',
  title: 'Start a canary of Istio',
  category: 'upgrade',
  scope: 'cluster',
  destructive: false,
  requires: ['installation'],
  handling: 'canary',
  parametersSchema: valuesSchema(catalog, {
    newRevision: { ...label, title: 'New revision', description: 'Empty: the version with dashes, such as 1-30-3.' },
    timeoutSeconds: timeoutParameter,
  }),
  prepare: async (call, scene) => {
    const scope = checkScope(scene.session, catalog.title)
    if (scope.length > 0) return refusedAction(scope)
    const { newRevision, timeoutSeconds } = Params.parse(call.parameters.params ?? {})
    const version = await findVersion(catalog, scene.releases.charts, call.version)
    const old = await findRevision(scene.session, placeOf(call))
    const to: Place = { namespace: old.place.namespace, revision: newRevision || version.version.replaceAll('.', '-') }
    const standing = await checkStanding(scene, { old, to, version })
    if (old.istiod === undefined || (scene.operation === '' && standing.some(isError))) return refusedAction(standing)
    const timeoutMs = timeoutSeconds * 1000
    const values = ({ component, payload }: InstalledRelease) => {
      const images = imageValues(catalog, component, { images: call.parameters.images, version: version.version, target: version })
      return deepMerge(deepMerge(payload.values, images), call.parameters.components?.[component.component]?.values ?? {})
    }
    // One that is of the new version already stays among them: a resumed operation is planned from the same parts.
    const bases = old.installed.shared.filter(({ component, payload }) => component.component === 'base' && !isNewer(payload, version))
    const placed = { ...to, components: [], params: {} }
    const second = placeIstio(
      { ...instanceAt(old.istiod, version.version, beside(values(old.istiod))), release: old.istiod.component.release },
      placed,
    )
    const instances = [...bases.map((base) => instanceAt(base, version.version, values(base))), second]
    const { packages, findings, inputs } = await fetchCharts(scene, catalog, instances)
    const upgrades = await Promise.all(
      bases.map((release) => {
        const chart = packages.get(release.name)
        return chart ? planReleaseUpgrade(scene, { catalog, release, values: values(release), chart, timeoutMs }) : nothingPlanned
      }),
    )
    const beginning = await planSecond(scene, old.istiod, { instance: second, chart: packages.get(second.name), timeoutMs })
    return {
      steps: [...upgrades.flatMap(({ steps }) => steps), ...beginning.steps],
      findings: [
        ...[...findings, ...standing, ...beginning.findings, ...upgrades.flatMap((each) => each.findings)],
        ...(await checkRelease(scene.session, { namespace: second.namespace, name: second.release })),
        nextFinding(old.place, to),
      ],
      confirmations: upgrades.flatMap(({ confirmations }) => confirmations),
      leftovers: [],
      inputs,
    }
  },
}

function isNewer({ chartVersion }: InstalledRelease['payload'], { version }: OfferedVersion): boolean {
  return semver.valid(chartVersion) !== null && semver.gt(chartVersion, version)
}

interface Second {
  instance: ComponentInstance
  chart: ChartPackage | undefined
  timeoutMs: number
}

async function planSecond(scene: Scene, first: InstalledRelease, { instance, chart, timeoutMs }: Second) {
  if (chart === undefined) return { steps: [], findings: [] }
  const { name, release, namespace, values } = instance
  const step = installReleaseStep(scene, {
    ...{ key: name, title: `Install control plane ${release} beside ${first.release}`, component: name },
    ...{ release, namespace, values, chart, timeoutMs },
    catalog,
  })
  const { values: own, chartValues } = first.payload
  const gone = goneFindings(first.release, own, { before: chartValues, after: await readChartDefaults(chart.file) })
  return { steps: [step], findings: [...gone, ...deprecatedFindings(instance)] }
}

/** The user's values without what made them those of one revision. */
function beside({ revision: _revision, revisionTags: _tags, ...values }: Record<string, unknown>): Record<string, unknown> {
  return values
}

async function checkStanding(
  { session, releases }: Scene,
  { old, to, version }: { old: RevisionFound; to: Place; version: OfferedVersion },
): Promise<Finding[]> {
  const { installed, istiod, place } = old
  const path = istiod ? checkPath(catalog, istiod.payload.chartVersion, version) : []
  const pinned = istiod ? pinnedFindings(istiod.release, istiod.payload.values, [istiod.payload.chartVersion]) : []
  const found = await Promise.all([
    releases.check({ revision: to.revision }),
    planeFindings(old),
    foreignFindings(catalog, [...installed.planes, ...installed.shared, ...(istiod ? [istiod] : [])], 'canary'),
    sameFindings(place, to),
    path,
    istiod?.payload.chartVersion === version.version ? [] : pinned,
    nodeFindings(installed.shared),
    checkKubernetesVersion(session, catalog.title, version),
    checkLifetime(catalog.title, version),
    checkListed(catalog.title, version),
    checkGatewayApi(session, catalog.title, version),
    checkControlPlanes(session, catalog, { ...to, version: version.version }),
  ])
  // That there is another revision is what a canary is, and one of the same version has other values.
  return found.flat().filter(({ code }) => code !== 'another-revision' && code !== 'version-present')
}

function sameFindings(from: Place, to: Place): Finding[] {
  if (from.revision !== to.revision) return []
  const message = `The new control plane cannot be called ${to.revision}: the one that is there is called so.`
  return [errorFinding({ code: 'revision-taken', message, remedy: 'Name another new revision.' })]
}

/** One proxy and one agent serve all pods of a node, so there can be no second one beside it. */
function nodeFindings(shared: readonly InstalledRelease[]): Finding[] {
  const onNodes = shared.filter(({ component }) => component.component === 'cni' || component.component === 'ztunnel')
  return onNodes.map(({ component, release, payload }) =>
    infoFinding({
      code: 'no-canary',
      message: `The ${component.title} (release ${release}, ${payload.chartVersion}) has no canary and stays as it is.`,
      cause: 'There is one on each node for all pods of the node.',
      remedy: 'Upgrade it in place once the new control plane is the only one; each node is touched in its turn.',
    }),
  )
}

function nextFinding(from: Place, to: Place): Finding {
  return infoFinding({
    code: 'canary-next',
    message: `No namespace changes hands: ${from.revision} serves all its proxies until they are moved.`,
    remedy: `Let namespaces join revision ${to.revision}, or point a tag at it; then retire revision ${from.revision}.`,
  })
}
