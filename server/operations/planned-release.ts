import { createPatch } from 'diff'
import { stringify } from 'yaml'
import type { PlannedRelease } from '../../contract/plan.js'
import type * as wire from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { dropAbsent } from '../drop-absent.js'

/** A release as a plan keeps it: values as YAML with sorted keys, so that a difference shows what changes and no order. */
export function toPlannedRelease({ valuesJson, valuesBeforeJson, repository, ...release }: wire.PlannedRelease): PlannedRelease {
  const values = toYaml(valuesJson)
  if (valuesBeforeJson === '') return { ...release, values, ...dropAbsent({ repository }) }
  const valuesBefore = toYaml(valuesBeforeJson)
  const valuesDiff = values === valuesBefore ? '' : createPatch(`values of ${release.name}`, valuesBefore, values, 'now', 'after this plan')
  return { ...release, values, valuesBefore, valuesDiff, ...dropAbsent({ repository }) }
}

function toYaml(json: string): string {
  const values: unknown = JSON.parse(json)
  return stringify(values, { sortMapEntries: true, lineWidth: 0, aliasDuplicateObjects: false })
}
