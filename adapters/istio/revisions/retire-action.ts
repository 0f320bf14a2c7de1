import { z } from 'zod'
import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { defaultRevision, type Place } from '../../runtime/chart-mesh.js'
import { deepMerge } from '../../runtime/components.js'
import { fetchCharts } from '../../runtime/fetch-charts.js'
import type { InstalledRelease } from '../../runtime/installed-releases.js'
import { foreignFindings } from '../../runtime/judge-control-planes.js'
import { leaveMeshStep } from '../../runtime/leave-mesh-step.js'
import { expectedLeftovers } from '../../runtime/leftovers.js'
import type { Action, Scene } from '../../runtime/mesh-adapter.js'
import { label, paramsSchema, timeoutParameter } from '../../runtime/parameters-schema.js'
import { errorFinding, isError, refusedAction } from '../../runtime/plan-findings.js'
import { checkScope } from '../../runtime/preflight.js'
import { absentFindings } from '../../runtime/uninstall-action.js'
import { uninstallReleaseStep } from '../../runtime/uninstall-release-step.js'
import { nothingPlanned, planReleaseUpgrade } from '../../runtime/upgrade-release.js'
import { istioCatalog as catalog } from '../istio-catalog.js'
import { findRevision, instanceAt, placeOf, type RevisionFound, revisionValue } from './revision-releases.js'
import { findServed, servedFindings } from './served-by.js'

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
  actsOnInstallers: ['helm', 'meshwright'],
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
    const present = [...(await scene.releases.check()), ...absentFindings(catalog, installed, place)]
    if (next === undefined || old.istiod === undefined) return refusedAction([...present, ...successorFindings(others, place, successor)])
    const to = await findRevision(session, { namespace: next.namespace, revision: next.revision })
    const gateways = installed.releases.filter(({ component }) => component.component === 'gateway')
    const findings = [
      ...present,
      ...foreignFindings(catalog, [...installed.planes, ...installed.releases, next], 'Retire'),
      ...(to.istiod ? [] : successorFindings(others, place, next.revision)),
      ...(await servedFindings(session, { place, gateways })),
    ]
    // A retry goes on where it stopped, and its last step looks who is left.
    if (!isFound(to) || (scene.operation === '' && findings.some(isError))) return refusedAction(findings)
    const moved = await planMoves(
      scene,
      [
        ...gateways.map((release) => gatewayMove(release, to.istiod.payload.chartVersion, next)),
        ...installed.shared.filter((release) => namesDefault(release, place)).map((release) => defaultMove(release, next)),
      ],
      timeoutMs,
    )
    const { name, release, namespace } = old.istiod
    return {
      steps: [
        ...moved.steps,
        leaveMeshStep({
          title: `Check that revision ${place.revision} serves no proxy any more`,
          component: 'members',
          find: () => findServed(session, place),
          mayStay: () => false,
          remedy: `Let their namespaces join revision ${next.revision}, then retry the operation.`,
        }),
        uninstallReleaseStep(scene, {
          ...{ key: name, title: `Uninstall control plane ${release}`, component: name },
          ...{ release, namespace, keeps: [], timeoutMs },
        }),
      ],
      findings: [...findings, ...moved.findings],
      confirmations: moved.confirmations,
      leftovers: await expectedLeftovers(session, catalog, []),
      inputs: moved.inputs,
    }
  },
}

function isFound(found: RevisionFound): found is RevisionFound & { istiod: InstalledRelease } {
  return found.istiod !== undefined
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

/** A gateway's proxy is of its control plane's version. */
function gatewayMove(release: InstalledRelease, version: string, { revision }: Place): Move {
  return {
    release,
    version,
    change: { revision: revisionValue(revision) },
    title: `Move gateway ${release.release} to revision ${revision}`,
  }
}

function defaultMove(release: InstalledRelease, { revision }: Place): Move {
  const title = `Let revision ${revision} be the default one and validate`
  return { release, version: release.payload.chartVersion, change: { defaultRevision: revision }, title }
}

async function planMoves(scene: Scene, moves: readonly Move[], timeoutMs: number) {
  const instances = moves.map(({ release, version, change }) => instanceAt(release, version, deepMerge(release.payload.values, change)))
  const { packages, findings, inputs } = await fetchCharts(scene, catalog, instances)
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
    inputs,
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
