import semver from 'semver'
import type { Finding } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ComponentInstance } from './components.js'
import { warningFinding } from './plan-findings.js'
import { valueAt } from './values-at-paths.js'

/** A value that the chart of this version still takes and tells to leave, whoever set it and when. */
export function deprecatedFindings({
  release,
  component,
  version,
  values,
}: Pick<ComponentInstance, 'release' | 'component' | 'version' | 'values'>): Finding[] {
  return component.deprecatedValues
    .filter(({ since }) => since === '' || semver.gte(version, since))
    .filter(({ path, asText }) => isSet(valueAt(values, path), asText))
    .map(({ path, instead, asText, source }) =>
      warningFinding({
        code: 'value-deprecated',
        message: `Value ${path} of release ${release} is deprecated${asText ? ' as a text' : ''}.`,
        cause: `Chart ${component.chart} ${version} still takes it, and says so itself (${source}); a later one may not.`,
        remedy: `Use ${instead} instead.`,
      }),
    )
}

/** Nothing, or an empty map or list, asks for nothing. */
function isSet(value: unknown, asText: boolean): boolean {
  if (asText) return typeof value === 'string'
  if (value === undefined || value === null) return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}
