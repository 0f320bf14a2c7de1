import semver from 'semver'
import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { busyText } from './busy-release.js'
import { canonicalJson } from './canonical-json.js'
import type { Catalog } from './catalog.js'
import { defaultRevision } from './chart-mesh.js'
import { checkStoredVersions } from './check-definitions.js'
import type { ClusterSession } from './cluster-session.js'
import { count } from './count.js'
import { confirmDropped, findDropped, keepDefinitionsStep } from './dropped-definitions.js'
import { isUnfinished, type ReleasePayload, type ReleaseRecord, readRelease, releaseHistory } from './helm-releases.js'
import { findInstalled, type InstalledRelease } from './installed-releases.js'
import { foreignFindings } from './judge-control-planes.js'
import { keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import type { Action, Call, Scene } from './mesh-adapter.js'
import { label, paramsSchema, timeoutParameter } from './parameters-schema.js'
import { errorFinding, isError, refusedAction, warningFinding } from './plan-findings.js'
import { checkScope } from './preflight.js'
import { identity, isDefinition, isKept, releaseObjects } from './release-manifest.js'
import { rollBackStep } from './roll-back-step.js'
import { someNames } from './some-names.js'

const Params = z.object({ release: z.string(), revision: z.number().default(0), timeoutSeconds: z.number().default(300) })

/**
 * Takes one release back to what an earlier revision of it was. A choice of its own beside unlocking and removing, never made by
 * itself: what the newer revision brought goes, and is counted before. Definitions stay, whatever the older manifest says.
 */
export function rollBackAction(catalog: Catalog): Action {
  return {
    key: 'roll-back',
    title: 'Roll a release back',
    category: 'rescue',
    scope: 'cluster',
    destructive: true,
    requires: [],
    handling: 'rescue',
    parametersSchema: {
      ...paramsSchema({
        release: { ...label, maxLength: 53, title: 'Release' },
        revision: {
          ...{ type: 'integer', minimum: 0, default: 0, title: 'Revision to go back to' },
          description: 'As helm history shows them. 0: the plan names those that there are.',
        },
        timeoutSeconds: timeoutParameter,
      }),
      required: ['params'],
    },
    prepare: async (call, scene) => {
      const scope = [...checkScope(scene.session, catalog.title), ...(scene.session.simulated ? [notSimulated] : [])]
      if (scope.length > 0) return refusedAction(scope)
      const params = Params.parse(call.parameters.params)
      const found = await findRelease(scene, catalog, { call, release: params.release })
      if (found === undefined) return refusedAction([absentFinding(catalog, params.release)])
      const history = await releaseHistory(scene.session, { namespace: found.namespace, name: found.release })
      const record = history.find((each) => each.revision === params.revision && each !== history[0])
      const earlier = record && (await readRelease(scene.session, record))
      const busy = isUnfinished(found.record) ? [errorFinding({ code: 'release-busy', ...busyText(found.record) })] : []
      const standing = [...foreignFindings(catalog, [found], 'rescue'), ...busy]
      if (record === undefined || earlier === undefined) {
        return refusedAction([...standing, await noRevision(scene.session, { history, wanted: params.revision })])
      }
      // One that was interrupted is unfinished because of us: it is looked at, and goes on.
      if (scene.operation === '' && standing.some(isError)) return refusedAction(standing)
      return planRollBack(scene, { catalog, found, record, earlier, standing, timeoutMs: params.timeoutSeconds * 1000 })
    },
  }
}

interface RollBack {
  catalog: Catalog
  found: InstalledRelease
  record: ReleaseRecord
  earlier: ReleasePayload
  standing: Finding[]
  timeoutMs: number
}

async function planRollBack(scene: Scene, { catalog, found, record, earlier, standing, timeoutMs }: RollBack) {
  const { session } = scene
  const { name, release, namespace, component, payload } = found
  const [now, then] = await Promise.all([releaseObjects(session, payload, namespace), releaseObjects(session, earlier, namespace)])
  const dropped = await findDropped(session, now, then)
  const lost = await lossOf(session, { now, then })
  const options = { name, release, namespace, title: component.title, record, earlier, then, gone: lost.gone, timeoutMs }
  return {
    steps: [
      ...(dropped.length > 0 ? [keepDefinitionsStep(scene, { component: name, dropped })] : []),
      rollBackStep(scene, { ...options, expectedManagers: catalog.expectedManagers }),
    ],
    findings: [...standing, ...olderFindings(found, earlier), ...(await checkStoredVersions(session, then))],
    confirmations: [...(dropped.length > 0 ? [confirmDropped(release, dropped)] : []), confirmLoss(found, { record, earlier, lost })],
    leftovers: [],
    inputs: { to: { revision: record.revision, uid: record.uid, resourceVersion: record.resourceVersion } },
  }
}

async function findRelease({ session }: Scene, catalog: Catalog, { call, release }: { call: Call; release: string }) {
  const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
  const { releases, shared } = await findInstalled(session, catalog, place)
  return [...releases, ...shared].find((each) => each.release === release)
}

interface Loss {
  gone: KubeObject[]
  changed: number
  back: number
}

/** What the earlier manifest no longer holds and helm would delete, and how much it has otherwise. Definitions are kept. */
async function lossOf(session: ClusterSession, { now, then }: { now: readonly KubeObject[]; then: readonly KubeObject[] }): Promise<Loss> {
  const before = new Map(now.map((object) => [identity(object), object]))
  const after = new Set(then.map(identity))
  const leaving = now.filter((object) => !after.has(identity(object)) && !isKept(object) && !isDefinition(object))
  const live = await Promise.all(leaving.map((object) => session.get(keyOf(object))))
  const isOther = (object: KubeObject) => {
    const current = before.get(identity(object))
    return current !== undefined && canonicalJson(current) !== canonicalJson(object)
  }
  return {
    gone: leaving.filter((_object, index) => live[index] !== undefined),
    changed: then.filter(isOther).length,
    back: then.filter((object) => !before.has(identity(object))).length,
  }
}

function confirmLoss(
  { release, namespace, record: now, payload }: InstalledRelease,
  { record, earlier, lost }: Pick<RollBack, 'record' | 'earlier'> & { lost: Loss },
): Confirmation {
  const { gone, changed, back } = lost
  const going =
    gone.length === 0
      ? 'No object goes'
      : `${count(gone.length, 'object')} of it ${gone.length === 1 ? 'goes' : 'go'} (${someNames(gone.map(nameOf), 10)})`
  const values =
    canonicalJson(payload.values) === canonicalJson(earlier.values) ? '' : ' The values that it was given since no longer hold.'
  const from = `revision ${now.revision} (${payload.chart} ${payload.chartVersion})`
  const to = `revision ${record.revision} (${earlier.chart} ${earlier.chartVersion})`
  return {
    code: 'roll-back',
    text: `Release ${release} in ${namespace} goes back from ${from} to ${to}. ${going}, ${changed} ${changed === 1 ? 'changes' : 'change'}, and ${back} ${back === 1 ? 'comes' : 'come'} back.${values}`,
    destructive: true,
    objects: gone.map(refOf).slice(0, 200),
  }
}

function olderFindings({ release, payload }: InstalledRelease, { chartVersion }: ReleasePayload): Finding[] {
  const isOlder = semver.valid(chartVersion) && semver.valid(payload.chartVersion) && semver.lt(chartVersion, payload.chartVersion)
  if (!isOlder) return []
  return [
    warningFinding({
      code: 'older-version',
      message: `Release ${release} comes to an older version: ${payload.chartVersion} to ${chartVersion}.`,
      cause:
        'No mesh promises that an older control plane understands what a newer one has written, nor that it serves proxies that are newer.',
      remedy:
        'Roll the releases of one installation back together, control plane last, and upgrade the data plane afterwards, which restarts it.',
    }),
  ]
}

// As many as helm keeps unless it is told otherwise (helm upgrade --history-max).
const kept = 10

async function noRevision(
  session: ClusterSession,
  { history, wanted }: { history: readonly ReleaseRecord[]; wanted: number },
): Promise<Finding> {
  const earlier = await Promise.all(
    history.slice(1, 1 + kept).map(async (each) => {
      const payload = await readRelease(session, each)
      return `${each.revision} (${payload ? `${payload.chart} ${payload.chartVersion}, ` : ''}${each.status})`
    }),
  )
  return errorFinding({
    code: 'revision-absent',
    message: wanted === 0 ? 'Which revision is wanted is not said.' : `There is no earlier revision ${wanted} of it.`,
    cause: earlier.length > 0 ? `helm keeps ${earlier.join(', ')}.` : 'helm keeps no earlier one.',
    remedy: earlier.length > 0 ? 'Name one of them.' : 'There is nothing to go back to.',
  })
}

function absentFinding({ title }: Catalog, release: string): Finding {
  return errorFinding({
    code: 'release-absent',
    message: `There is no release ${release} of ${title} here.`,
    remedy: 'Name the release and its namespace as `helm list --all --all-namespaces` shows them.',
  })
}

const notSimulated = errorFinding({
  code: 'roll-back-not-simulated',
  message: 'A simulated cluster keeps no earlier revision of a release.',
  remedy: 'Connect a real cluster.',
})
