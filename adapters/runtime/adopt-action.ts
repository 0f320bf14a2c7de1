import { z } from 'zod'
import { installerName } from '../../installers/find-installer.js'
import { isAllowed } from '../../installers/installer-table.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { countTakeOver, partsLeft, type TakeOver } from './adopt-count.js'
import type { Catalog } from './catalog.js'
import { type ChartMesh, defaultRevision, type Place, type Wanted } from './chart-mesh.js'
import type { ChartPackage } from './chart-source.js'
import { fetchCharts } from './fetch-charts.js'
import { installReleaseStep } from './install-release-step.js'
import { findInstalled, type Installed } from './installed-releases.js'
import { foreignFindings } from './judge-control-planes.js'
import type { Action, PreparedAction, Scene, Step } from './mesh-adapter.js'
import { type ControlPlane, findParts, type MeshPart } from './mesh-parts.js'
import { componentsSchema, timeoutParameter } from './parameters-schema.js'
import { toldPhoneHome } from './phone-home.js'
import { placeWanted } from './place-wanted.js'
import { errorFinding, infoFinding, isError, refusedAction } from './plan-findings.js'
import { checkRelease, checkScope } from './preflight.js'
import { releaseFieldsStep } from './release-fields-step.js'

const Params = z.looseObject({ timeoutSeconds: z.number().default(300) })

/**
 * Makes helm releases of an installation that has none (istioctl, the linkerd command, `helm template` with kubectl): the same
 * version's charts with the values of the call, whose objects are taken over where they are there. The plan is the difference.
 */
export function adoptAction(mesh: ChartMesh): Action {
  // Our own values are for installations of ours: here the user says what is there.
  const catalog = { ...mesh.catalog, components: mesh.catalog.components.map((component) => ({ ...component, values: {} })) }
  return {
    key: 'adopt',
    title: `Adopt ${catalog.title}`,
    category: 'adopt',
    scope: 'cluster',
    destructive: false,
    requires: ['installation'],
    handling: 'adopt',
    parametersSchema: componentsSchema(catalog, { timeoutSeconds: timeoutParameter, ...mesh.params }),
    prepare: async (call, scene) => {
      const scope = checkScope(scene.session, catalog.title)
      if (scope.length > 0) return refusedAction(scope)
      const params = Params.parse(call.parameters.params ?? {})
      const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
      const installed = await findInstalled(scene.session, mesh.catalog, place)
      const version = call.version || versionOf(catalog, installed.planes[0])
      const standing = standingFindings(catalog, installed, { place, version })
      // An operation under way is looked at all the same: what was adopted by it is a release by now.
      if (scene.operation === '' && standing.some(isError)) return refusedAction(standing)
      const wanted = await placeWanted({ ...mesh, catalog }, scene, { call, params, version })
      const { packages, findings, inputs } = await fetchCharts(scene, catalog, wanted.instances)
      const steps = adoptionSteps(scene, { catalog, wanted, packages, timeoutMs: params.timeoutSeconds * 1000 })
      const checked = [...(await checkWanted(mesh, scene, wanted)), ...toldPhoneHome(catalog, scene, wanted.instances)]
      const prepared = { steps, findings: [...findings, ...standing, ...checked], confirmations: [], leftovers: [], inputs }
      return scene.operation === '' && !prepared.findings.some(isError) ? withCounts(prepared, scene, { catalog, installed }) : prepared
    },
  }
}

/** The catalogue's version of what a control plane says: a chart may be numbered otherwise than what it brings. Empty when none fits. */
function versionOf({ versions }: Catalog, plane: ControlPlane | undefined): string {
  if (!plane?.version) return ''
  return versions.find(({ version, appVersion }) => version === plane.version || appVersion === plane.version)?.version ?? plane.version
}

function standingFindings(catalog: Catalog, { planes }: Installed, { place, version }: { place: Place; version: string }): Finding[] {
  const { title } = catalog
  const [plane] = planes
  if (plane === undefined) {
    const message = `There is no ${title} in namespace ${place.namespace}, revision ${place.revision}.`
    return [errorFinding({ code: 'installation-absent', message, remedy: 'Choose an installation that is listed.' })]
  }
  if (version === '') {
    const message = `Which version of ${title} is there is not told by its labels.`
    return [errorFinding({ code: 'version-unknown', message, remedy: 'Name the version that is there (--version).' })]
  }
  const known = versionOf(catalog, plane)
  if (known !== '' && known !== version) {
    const message = `${title} ${known} is there, and ${version} is asked for.`
    const cause = 'Adopting does not change the version of what is there.'
    return [errorFinding({ code: 'version-differs', message, cause, remedy: `Adopt ${known}, then upgrade it.` })]
  }
  // A control plane that a release holds already: of those there is nothing to adopt, unless a former try left the rest.
  return foreignFindings(catalog, planes.every(isHeld) ? planes : planes.filter((each) => !isHeld(each)), 'adopt')
}

function isHeld({ installer }: Pick<ControlPlane, 'installer'>): boolean {
  return isAllowed(installer, 'upgrade')
}

interface Adoption {
  catalog: Catalog
  wanted: Wanted
  packages: ReadonlyMap<string, ChartPackage>
  timeoutMs: number
}

function adoptionSteps(scene: Scene, { catalog, wanted, packages, timeoutMs }: Adoption): Step[] {
  return wanted.instances.flatMap(({ name, component, namespace, release, values }) => {
    const chart = packages.get(name)
    if (chart === undefined) return []
    return [
      installReleaseStep(scene, {
        ...{ key: name, title: `Adopt ${component.title} as release ${release}`, component: name },
        ...{ release, namespace, chart, values, timeoutMs, adopts: true },
        catalog,
      }),
      releaseFieldsStep(scene, { name, release, namespace }),
    ]
  })
}

async function checkWanted({ check }: ChartMesh, scene: Scene, wanted: Wanted): Promise<Finding[]> {
  const found = await Promise.all([
    scene.releases.check({ revision: wanted.revision === defaultRevision ? '' : wanted.revision }),
    check?.(scene, wanted) ?? [],
    ...wanted.instances.map(({ release, namespace }) => checkRelease(scene.session, { namespace, name: release })),
  ])
  return found.flat()
}

/** What the steps would do is looked at here, because the confirmation counts it; the plan then shows the same look. */
async function withCounts(
  prepared: PreparedAction,
  { session }: Scene,
  { catalog, installed: { planes, others } }: { catalog: Catalog; installed: Installed },
): Promise<PreparedAction> {
  const { steps, counts } = await countTakeOver(prepared.steps)
  const isOthers = (part: MeshPart) => others.some(({ namespace, revision }) => part.namespace === namespace && part.revision === revision)
  const parts = (await findParts(session, catalog)).filter((part) => !isHeld(part) && !isOthers(part))
  return {
    ...prepared,
    steps,
    findings: [...prepared.findings, ...leftFindings(partsLeft(parts, counts))],
    confirmations: [confirmTakeOver(catalog, counts, planes)],
  }
}

function confirmTakeOver({ title }: Catalog, { taken, changed, created }: TakeOver, planes: readonly ControlPlane[]): Confirmation {
  const who = [...new Set(planes.map(({ installer }) => installerName(installer)))].join(', ')
  const objects = ({ length }: readonly unknown[]) => (length === 1 ? '1 object' : `${length} objects`)
  return {
    code: 'take-over',
    text: `${objects(taken)} of ${title} get a new owner: helm releases hold them from now on. Content changes in ${objects(changed)} of these, and ${objects(created)} are created; the plan shows each. They were installed by ${who}: what that tool writes into them later, the next upgrade undoes, and its own way to uninstall must not be used any more.`,
    destructive: false,
    objects: taken,
  }
}

/** Parts of the mesh that no chart of the plan holds, such as a gateway that nobody named. */
function leftFindings(left: readonly string[]): Finding[] {
  if (left.length === 0) return []
  return [
    infoFinding({
      code: 'parts-not-adopted',
      message: `Not among the objects of this plan, and left as they are: ${left.join(', ')}.`,
      cause: 'No chart that was chosen holds an object of that name.',
      remedy: 'Choose the component that it belongs to, with its release name and namespace, to adopt it too.',
    }),
  ]
}
