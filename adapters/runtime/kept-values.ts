import { isDeepStrictEqual } from 'node:util'
import type { Parameters } from '../../contract/parameters.js'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from './cluster-session.js'
import type { ComponentInstance } from './components.js'
import { type ReleaseRecord, readRelease, releaseHistory } from './helm-releases.js'
import { infoFinding } from './plan-findings.js'
import { isValues } from './values-at-paths.js'
import { whenForbidden } from './when-forbidden.js'

type Values = Record<string, unknown>

/**
 * The values of a release that is there, when a call says nothing of them: whoever adds a component does not mean to take away
 * what others were given. Undefined for a release that never came up, whose values may be why, and for one that was uninstalled.
 */
export async function valuesToKeep(
  session: ClusterSession,
  { name, release, namespace, component, version }: ComponentInstance,
  { components = {} }: Parameters,
): Promise<Values | undefined> {
  if (Object.keys(components[name]?.values ?? {}).length > 0) return undefined
  const history = await whenForbidden(releaseHistory(session, { namespace, name: release }), [])
  const [record] = history
  if (record === undefined || record.status === 'uninstalled' || !history.some(cameUp)) return undefined
  const payload = await readRelease(session, record)
  return payload?.chart === component.chart && payload.chartVersion === version ? payload.values : undefined
}

/** helm says `superseded` of what was deployed before; a failed or pending revision says nothing of those before it. */
function cameUp({ status }: ReleaseRecord): boolean {
  return status === 'deployed' || status === 'superseded'
}

/**
 * What the call's own parameters ask of a release, by the values that it would have with them and without: this goes over kept
 * values. What place and surroundings alone bring stays under them, and so does a parameter at its default.
 */
export function askedOver(asked: Values, without: Values): Values {
  const entries = Object.entries(asked).flatMap(([key, value]): [string, unknown][] => {
    const below = Object.hasOwn(without, key) ? without[key] : undefined
    if (isDeepStrictEqual(value, below)) return []
    return [[key, isValues(value) && isValues(below) ? askedOver(value, below) : value]]
  })
  return Object.fromEntries(entries)
}

/** That an install leaves values as they are, and how they are changed. */
export function keptValuesFinding(releases: readonly string[]): Finding[] {
  if (releases.length === 0) return []
  const [noun, verb] = releases.length === 1 ? ['Release', 'keeps'] : ['Releases', 'keep']
  return [
    infoFinding({
      code: 'values-kept',
      message: `${noun} ${releases.join(', ')} ${verb} the values that ${releases.length === 1 ? 'it has' : 'they have'}.`,
      cause:
        'They are there already, and no values are given for them here. Only what a parameter of this install asks for goes over them.',
      remedy: 'Values that are given for a component take the place of all that its release has; an upgrade changes single ones.',
    }),
  ]
}
