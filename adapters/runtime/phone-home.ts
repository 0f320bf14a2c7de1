import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Catalog } from './catalog.js'
import { type ComponentInstance, deepMerge } from './components.js'
import type { Scene } from './mesh-adapter.js'
import { infoFinding, warningFinding } from './plan-findings.js'
import { asValues, holds, leavesOf } from './values-at-paths.js'

type Values = Record<string, unknown>
type PhoneHome = Catalog['phoneHome'][number]

/**
 * What releases send to the project that makes them: told in each plan, and turned off under the user's values where
 * Meshwright itself asks nobody outside.
 */
export function withPhoneHome(
  { phoneHome }: Catalog,
  { offline }: Pick<Scene, 'offline'>,
  instances: readonly ComponentInstance[],
): { instances: ComponentInstance[]; findings: Finding[] } {
  const findings: Finding[] = []
  const quiet = instances.map((instance) => {
    const own = phoneHome.filter(({ component }) => component === instance.component.component)
    const rows = own.filter((row) => sends(row, instance.values))
    // Also what is off by default, for a default is the project's to change.
    const values = offline ? own.reduce((under, row) => deepMerge(under, row.off), {}) : {}
    const changed = { ...instance, values: deepMerge(values, instance.values) }
    const quietRows = own.filter((row) => !row.byDefault && !mentions(instance.values, row.off))
    findings.push(...rows.map((row) => tell(row, changed, offline)), ...quietRows.map((row) => tellQuiet(row, instance)))
    return changed
  })
  return { instances: quiet, findings }
}

/** As it is, for an action that leaves values alone: an adoption changes nothing of what is there. */
export function toldPhoneHome(
  { phoneHome }: Catalog,
  { offline }: Pick<Scene, 'offline'>,
  instances: readonly ComponentInstance[],
): Finding[] {
  return instances.flatMap((instance) =>
    phoneHome
      .filter((row) => row.component === instance.component.component && sends(row, instance.values))
      .map((row) => {
        const told = tell(row, instance, false)
        if (!offline) return told
        const cause = 'Meshwright is offline, and this leaves values as they are given.'
        return warningFinding({ code: told.code, message: told.message, cause, remedy: told.remedy })
      }),
  )
}

function tell(row: PhoneHome, { release, values }: ComponentInstance, offline: boolean): Finding {
  const how = leavesOf(row.off).map(({ path, value }) => `${path}: ${typeof value === 'string' ? `'${value}'` : value}`)
  const remedy = `To turn it off, set ${how.join(' and ')} in the values of release ${release}.`
  if (!offline) return infoFinding({ code: 'phones-home', message: row.sends, cause: 'It is on unless its values turn it off.', remedy })
  if (sends(row, values)) {
    const cause = 'Meshwright is offline and would turn it off, but the values of this release say otherwise.'
    return warningFinding({ code: 'phones-home', message: row.sends, cause, remedy })
  }
  const message = `What release ${release} would send home is turned off (${how.join(', ')}).`
  return infoFinding({ code: 'phone-home-off', message, cause: `Meshwright is offline. ${row.sends}`, remedy: 'Nothing.' })
}

/** Nobody should have to look it up that nothing is sent. */
function tellQuiet(row: PhoneHome, { release }: ComponentInstance): Finding {
  const message = `Release ${release} sends nothing home: this is off by default, and its values do not turn it on.`
  return infoFinding({ code: 'phone-home-off', message, cause: `What it would send otherwise: ${row.sends}`, remedy: 'Nothing.' })
}

function sends({ byDefault, off }: PhoneHome, values: Values): boolean {
  return byDefault ? !holds(values, off) : mentions(values, off) && !holds(values, off)
}

function mentions(values: unknown, wanted: unknown): boolean {
  const within = asValues(wanted)
  if (within === undefined) return values !== undefined && values !== null
  const among = asValues(values) ?? {}
  return Object.entries(within).some(([key, value]) => mentions(among[key], value))
}
