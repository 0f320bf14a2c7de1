import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { defaultRevision, type Place } from '../../runtime/chart-mesh.js'
import { deepMerge } from '../../runtime/components.js'
import { fetchCharts } from '../../runtime/fetch-charts.js'
import type { InstalledRelease } from '../../runtime/installed-releases.js'
import { foreignFindings } from '../../runtime/judge-control-planes.js'
import { expectedLeftovers } from '../../runtime/leftovers.js'
import type { Action, Scene } from '../../runtime/mesh-adapter.js'
import { label, paramsSchema, timeoutParameter } from '../../runtime/parameters-schema.js'
import { errorFinding, isError, refusedAction } from '../../runtime/plan-findings.js'
import { checkRelease, checkScope } from '../../runtime/preflight.js'
import { uninstallReleaseStep } from '../../runtime/uninstall-release-step.js'
import { nothingPlanned, planReleaseUpgrade } from '../../runtime/upgrade-release.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { outsideFindings } from './outside-proxies.js'
import { findRevision, instanceAt, placeOf, planeFindings, type RevisionFound, revisionValue } from './revision-releases.js'
import { findTags } from './revision-tags.js'
import { findServed, servedFindings, servedStep } from './served-by.js'

const Params = z.object({ successor: z.string().default(''), timeoutSeconds: z.number().default(300) })

/**
 * The end of an upgrade by revisions, when no namespace asks for the old one any more: its gateways go over to the successor,
 * the definitions' validation does, and the old control plane goes when no proxy is left that it serves.
 */
export const retireAction: Action = {
  key: 'retire',
  title: 'Retire this revision',
  category: 'revisions',
  scope: 'cluster',
  destructive: true,
  requires: ['installation'],
  handling: 'canary',
  parametersSchema: paramsSchema({
    successor: { ...label, title: 'Successor', description: 'Empty: the only other revision that is there.' },
    timeoutSeconds: timeoutParameter,
  }),
  prepare: async (call, scene) => {
    const { session } = scene
    const scope = checkScope(session, catalog.title)
    if (scope.length > 0) return refusedAction(scope)
    const { successor, timeoutSeconds } = Params.parse(call.parameters.params ?? {})
    const timeoutMs = timeoutSeconds * 1000
    const old = await findRevision(session, placeOf(call))
    const { place, installed } = old
    const others = installed.others.filter(({ namespace, revision }) => namespace === place.namespace && revision !== place.revision)
    const next = others.find(({ revision }, _index, all) => (successor ? revision === successor : all.length === 1))
    const absent = [...(await scene.releases.check()), ...planeFindings(old)]
    if (next === undefined) return refusedAction([...absent, ...successorFindings(others, place, successor)])
    const to = await findRevision(session, { namespace: next.namespace, revision: next.revision })
    const [found, served, outside] = await Promise.all([
      movesOf(scene, old, to),
      findServed(session, place),
      outsideFindings(session, place),
    ])
    const releases = [...found.map(({ release }) => release), ...(old.istiod ? [old.istiod] : [])]
    // Not the control plane's own: an uninstall that was cut off goes on from where it is.
    const busy = await Promise.all(found.map(({ release: { release: name, namespace } }) => checkRelease(session, { namespace, name })))
    const findings = [
      ...absent,
      ...planeFindings(to),
      ...foreignFindings(catalog, [...installed.planes, ...releases, next], 'canary'),
      ...servedFindings(
        served,
        place,
        found.map(({ release }) => release),
      ),
      ...outside,
      ...busy.flat(),
    ]
    if (old.istiod === undefined || (scene.operation === '' && findings.some(isError))) return refusedAction(findings)
    const moved = await planMoves(scene, found, timeoutMs)
    const { name, release, namespace } = old.istiod
    return {
      steps: [
        ...moved.steps,
        servedStep(session, { place, successor: next.revision }),
        uninstallReleaseStep(scene, {
          ...{ key: name, title: `Uninstall control plane ${release}`, component: name },
          ...{ release, namespace, keeps: [], timeoutMs },
        }),
      ],
      findings: [...findings, ...moved.findings],
      confirmations: moved.confirmations,
      leftovers: await expectedLeftovers(session, catalog, { namespaces: [] }),
      // Not the releases that move: after an interruption some have.
      inputs: { successor: next.revision, version: to.istiod?.payload.chartVersion ?? '' },
    }
  },
}

/** Whether the definitions' validation is served by this revision: `defaultRevision` of the base chart, which is "default" by itself. */
function namesDefault({ component, payload }: InstalledRelease, { revision }: Place): boolean {
  return component.component === 'base' && (payload.values.defaultRevision ?? defaultRevision) === revision
}

/** A release that goes over to another revision: at which version of its chart, and by which values. */
interface Move {
  release: InstalledRelease
  version: string
  change: Record<string, unknown>
  title: string
}

/** What goes over to the successor, in this order: the proxies of nodes, gateways, and last what validates for everybody. */
async function movesOf({ session }: Scene, { place, installed }: RevisionFound, { place: next, istiod }: RevisionFound): Promise<Move[]> {
  const tags = (await findTags(session)).filter(({ revision }) => revision === next.revision).map(({ tag }) => tag)
  const value = revisionValue(next.revision)
  const nodes = installed.shared
    .filter((release) => connectsTo(release, place))
    .map((release) => ({
      ...{ release, version: release.payload.chartVersion, change: { revision: value } },
      title: `Connect ${release.component.title} ${release.release} to revision ${next.revision}`,
    }))
  const gateways = installed.releases
    .filter(({ component }) => component.component === 'gateway')
    .map((release) => ({
      // One that asks for a tag of the successor has only its chart brought to the version of its new control plane.
      ...{ release, version: istiod?.payload.chartVersion ?? release.payload.chartVersion },
      change: tags.includes(String(release.payload.values.revision)) ? {} : { revision: value },
      title: `Move gateway ${release.release} to revision ${next.revision}`,
    }))
  const defaults = installed.shared
    .filter((release) => namesDefault(release, place))
    .map((release) => ({
      ...{ release, version: release.payload.chartVersion, change: { defaultRevision: next.revision } },
      title: `Let revision ${next.revision} be the default one and validate`,
    }))
  return [...nodes, ...gateways, ...defaults]
}

/** Whether the proxies of nodes get their configuration from this revision: ztunnel's chart makes the address of its `revision`, unless one is given. */
function connectsTo({ component, payload: { values } }: InstalledRelease, { revision }: Place): boolean {
  const isGiven = Boolean(values.xdsAddress) && Boolean(values.caAddress)
  return component.component === 'ztunnel' && !isGiven && (values.revision || defaultRevision) === revision
}

async function planMoves(scene: Scene, moves: readonly Move[], timeoutMs: number) {
  const instances = moves.map(({ release, version, change }) => instanceAt(release, version, deepMerge(release.payload.values, change)))
  const { packages, findings } = await fetchCharts(scene, catalog, instances)
  const planned = await Promise.all(
    moves.map(({ release, title }, index) => {
      const chart = packages.get(release.name)
      const values = instances[index]?.values ?? {}
      return chart ? planReleaseUpgrade(scene, { catalog, release, values, chart, title, timeoutMs }) : nothingPlanned
    }),
  )
  return {
    steps: planned.flatMap(({ steps }) => steps),
    findings: [...findings, ...planned.flatMap((each) => each.findings)],
    confirmations: planned.flatMap(({ confirmations }) => confirmations),
  }
}

function successorFindings(others: readonly Place[], { revision }: Place, wanted: string): Finding[] {
  const listed = others.map((each) => each.revision).join(', ')
  const message = wanted
    ? `There is no revision ${wanted} that helm knows a release of.`
    : `Which revision succeeds ${revision} is not said.`
  const cause = listed ? `There are: ${listed}.` : `${revision} is the only one here.`
  const remedy = listed ? 'Name the successor.' : 'Start a canary first, or uninstall Istio.'
  return [errorFinding({ code: 'successor-unknown', message, cause, remedy })]
}
