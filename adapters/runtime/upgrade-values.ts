import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { warningFinding } from './plan-findings.js'
import { isValues, leavesOf } from './values-at-paths.js'

type Values = Readonly<Record<string, unknown>>

/** A user's value that names the old version, outright or as the tag of an image, would keep the old images under the new charts. */
export function pinnedFindings(release: string, values: Values, versions: readonly string[]): Finding[] {
  return leavesOf(values)
    .filter(({ value }) => typeof value === 'string' && versions.includes(value.slice(value.lastIndexOf(':') + 1).replace(/^v/, '')))
    .map(({ path, value }) =>
      warningFinding({
        code: 'value-pins-version',
        message: `Value ${path} of release ${release} is "${value}", which names the version that is to go.`,
        cause: 'The values that a release was installed with stay as they are.',
        remedy: 'Set it to the new version in the values of this upgrade, or leave it when it is meant so.',
      }),
    )
}

/** A user's value whose place the old chart knew and the new one does not is read by nobody any more. */
export function goneFindings(release: string, values: Values, charts: { before: Values; after: Values }): Finding[] {
  const before = new Set(leavesOf(defaultsOf(charts.before)).map(({ path }) => path))
  const after = defaultsOf(charts.after)
  return leavesOf(values)
    .filter(({ path }) => before.has(path) && !knows(after, path.split('.')))
    .map(({ path }) =>
      warningFinding({
        code: 'value-gone',
        message: `The new chart of release ${release} no longer knows value ${path}.`,
        cause: 'The old chart named it among its values, and the new one does not.',
        remedy: 'Look in the notes of the new version what took its place.',
      }),
    )
}

/** Istio's charts keep their defaults under a key of their own. */
function defaultsOf(values: Values): Values {
  const inner = values._internal_defaults_do_not_set ?? values.defaults
  return isValues(inner) ? { ...values, ...inner } : values
}

/** A place below a map that the chart leaves empty, or below no map at all, is the user's own. */
function knows(values: Values, [key = '', ...rest]: readonly string[]): boolean {
  if (!Object.hasOwn(values, key)) return Object.keys(values).length === 0
  const value = values[key]
  return rest.length === 0 || !isValues(value) || knows(value, rest)
}
