import { z } from 'zod'
import type { Confirmation, Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { unlockRelease } from './busy-release.js'
import type { Catalog } from './catalog.js'
import { defaultRevision } from './chart-mesh.js'
import { clearRecordStep } from './clear-record-step.js'
import { isLeftByUs, isUnfinished } from './helm-releases.js'
import { ageText, idleFindings } from './idle-release.js'
import { findInstalled, type InstalledRelease, readReleases } from './installed-releases.js'
import { foreignFindings } from './judge-control-planes.js'
import type { Action, Call, Scene } from './mesh-adapter.js'
import { label, paramsSchema } from './parameters-schema.js'
import { errorFinding, infoFinding } from './plan-findings.js'

const Params = z.object({ release: z.string().default(''), quietMinutes: z.number().default(15) })

/**
 * For releases whose helm was killed in the middle, which every later helm refuses: makes sure that nobody works on them,
 * then clears the record of that one revision and nothing else. Rolling back and removing are other choices.
 */
export function unlockReleaseAction(catalog: Catalog): Action {
  return {
    key: unlockRelease,
    title: 'Unlock a stuck release',
    category: 'rescue',
    scope: 'cluster',
    destructive: true,
    requires: [],
    handling: 'rescue',
    parametersSchema: paramsSchema({
      release: { ...label, maxLength: 53, title: 'Release', description: 'Empty: every stuck release of the installation.' },
      quietMinutes: {
        ...{ type: 'integer', minimum: 1, maximum: 1440, default: 15, title: 'Minutes without a change' },
        description:
          "That long nobody must have changed the release. More than the timeout of any helm that may be running; helm's own is 5.",
      },
    }),
    prepare: async (call, scene) => {
      const { release, quietMinutes } = Params.parse(call.parameters.params ?? {})
      const now = Date.now()
      const found = await findReleases(scene, catalog, { call, release })
      const stuck = found.filter(({ record }) => isUnfinished(record))
      const quiet = { quietMs: quietMinutes * 60_000, expectedManagers: catalog.expectedManagers, now }
      const idle = await Promise.all(stuck.map((each) => idleFindings(scene, each, quiet)))
      return {
        steps: stuck.map((each) => clearRecordStep(scene, each)),
        findings: [
          ...foreignFindings(catalog, stuck, 'rescue'),
          ...notStuck(catalog, found, release),
          ...idle.flat(),
          ...stuck.flatMap(waysOut),
        ],
        confirmations: confirmClear(stuck, now),
        leftovers: [],
        inputs: stuck.map(({ record: { changedAt: _at, ...record } }) => record),
      }
    },
  }
}

/** A killed first install may have left nothing but its record: then the name that the user gives must do. */
async function findReleases({ session }: Scene, catalog: Catalog, { call, release }: { call: Call; release: string }) {
  const place = { namespace: call.target.namespace || catalog.namespace, revision: call.target.revision || defaultRevision }
  const { releases } = await findInstalled(session, catalog, place)
  if (release === '') return releases
  const named = releases.filter((each) => each.release === release)
  return named.length > 0 ? named : readReleases(session, catalog, [{ release, namespace: place.namespace }])
}

function notStuck({ title }: Catalog, found: readonly InstalledRelease[], release: string): Finding[] {
  if (found.some(({ record }) => isUnfinished(record))) return []
  const states = found.map(({ record }) => `${record.name} in ${record.namespace} is ${record.status}`)
  const which = release === '' ? `of ${title}` : `${release} of ${title}`
  return [
    errorFinding({
      code: found.length > 0 ? 'release-not-stuck' : 'release-absent',
      message: found.length > 0 ? `No release of ${title} is stuck: ${states.join(', ')}.` : `There is no release ${which} here.`,
      remedy:
        found.length > 0
          ? 'There is nothing to unlock. To go back to an earlier revision, or to remove it, are actions of their own.'
          : 'Name the release and its namespace as `helm list --all --all-namespaces` shows them.',
    }),
  ]
}

function waysOut({ record }: InstalledRelease): Finding[] {
  const { name, status } = record
  const others = [
    ...(/upgrade|rollback/.test(status) ? [`go back to an earlier revision (roll-back)`] : []),
    'take it away with the installation, whose plan counts what is lost (uninstall)',
  ]
  const notes = isLeftByUs(record)
    ? [`An install or upgrade by Meshwright clears this record by itself: operation ${record.operation} left it.`]
    : []
  return [
    infoFinding({
      code: 'rescue-choices',
      message: `Afterwards an install or upgrade of ${name} goes on with the objects that are there.`,
      cause: notes.join(' '),
      remedy: `Other choices, which this does not make for you: ${others.join(', or ')}.`,
    }),
  ]
}

function confirmClear(stuck: readonly InstalledRelease[], now: number): Confirmation[] {
  if (stuck.length === 0) return []
  const named = stuck.map(
    ({ record: { name, namespace, revision, status, changedAt } }) =>
      `revision ${revision} of release ${name} in ${namespace}, ${status} and unchanged for ${ageText(now - changedAt)}`,
  )
  return [
    {
      code: 'release-record-lost',
      text: `helm forgets ${named.join('; ')}. The objects stay as they are. If a helm is at work on it after all, it fails or two change the same objects.`,
      destructive: true,
      objects: stuck.map(({ record }) => ({ apiVersion: 'v1', kind: 'Secret', namespace: record.namespace, name: record.secret })),
    },
  ]
}
