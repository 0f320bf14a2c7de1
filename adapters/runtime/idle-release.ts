import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { changedAt } from './changed-at.js'
import type { InstalledRelease } from './installed-releases.js'
import { judgedAtOnce, keyOf } from './judge-object.js'
import { nameOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene } from './mesh-adapter.js'
import { errorFinding, warningFinding } from './plan-findings.js'
import { releaseObjects } from './release-manifest.js'
import { whenForbidden } from './when-forbidden.js'

/** What is taken for proof that nobody works on a release. */
export interface Quiet {
  /** For how long nobody must have written the record, nor an object of the release. */
  quietMs: number
  /** Managers that write into such objects at run time and are no helm. */
  expectedManagers: readonly string[]
  now: number
}

/** What speaks for a helm that is still at work on a release, and how long to wait; nothing when all is quiet. */
export async function idleFindings(scene: Scene, release: InstalledRelease, quiet: Quiet): Promise<Finding[]> {
  const { record } = release
  const what = `Release ${record.name} in ${record.namespace} is ${record.status}`
  if (scene.isRunning?.(record.operation)) {
    const message = `${what}, and operation ${record.operation} of Meshwright is at work on it.`
    return [errorFinding({ code: 'release-busy', message, remedy: 'Wait until that operation has ended, or cancel it.' })]
  }
  const { changes, hidden } = await changesOf(scene, release, quiet)
  const unseen = hidden.length > 0 ? [unseenFinding(record.name, hidden)] : []
  const [last] = changes.sort((left, right) => right.at - left.at)
  const leftMs = last === undefined ? 0 : last.at + quiet.quietMs - quiet.now
  if (last === undefined || leftMs <= 0) return unseen
  return [
    errorFinding({
      code: 'release-not-quiet',
      message: `${what}, and a helm may still be at work on it.`,
      cause: `${last.what} was written ${ageText(quiet.now - last.at)} ago; ${ageText(quiet.quietMs)} without a change are asked for.`,
      remedy: `Wait ${ageText(leftMs)}, then plan again. Ask more minutes of it when somebody runs helm with a longer --timeout.`,
    }),
    ...unseen,
  ]
}

/** `12 minutes`, `40 seconds`: rounded up, so that who waits so long has waited enough. */
export function ageText(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000))
  const [count, unit] =
    seconds < 120 ? [seconds, 'second'] : seconds < 7200 ? [Math.ceil(seconds / 60), 'minute'] : [Math.ceil(seconds / 3600), 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}

async function changesOf({ session }: Scene, { record, payload }: InstalledRelease, { expectedManagers }: Quiet) {
  const objects = await releaseObjects(session, payload, record.namespace)
  const live = await mapAtOnce(judgedAtOnce, objects, (object) => whenForbidden(session.get(keyOf(object)), null))
  const seen = live.flatMap((object) => (object ? [{ what: nameOf(object), at: changedAt(object.metadata, expectedManagers) }] : []))
  const changes = [{ what: `The record of revision ${record.revision}`, at: record.changedAt }, ...seen]
  return { changes, hidden: objects.filter((_object, index) => live[index] === null).map(nameOf) }
}

function unseenFinding(release: string, hidden: readonly string[]): Finding {
  return warningFinding({
    code: 'not-readable',
    message: `Whether somebody changed ${hidden.length} objects of release ${release} of late cannot be seen.`,
    cause: `The cluster connection may not read ${hidden.slice(0, 3).join(', ')}${hidden.length > 3 ? ' and others' : ''}.`,
    remedy: 'Let it read them, or make sure yourself that nobody runs helm.',
  })
}
