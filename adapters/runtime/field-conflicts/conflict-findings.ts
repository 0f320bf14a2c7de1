import type { Finding } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { count } from '../count.js'
import { groupBy } from '../group-by.js'
import { nameOf, refOf } from '../manifests.js'
import { errorFinding, infoFinding, warningFinding } from '../plan-findings.js'
import { someNames } from '../some-names.js'
import { generalised, generalText } from './field-path.js'
import type { JudgedFields, OpenConflict, SettledField } from './settle-fields.js'

/** One finding for each row that settles fields of a release, and one for each owner and field that stops it. */
export function conflictFindings(release: string, judged: readonly JudgedFields[]): Finding[] {
  const settled = groupBy(
    judged.flatMap((each) => each.settled),
    ({ row }) => JSON.stringify(row),
  )
  const open = groupBy(
    judged.flatMap((each) => each.open),
    ({ manager, field, object }) => `${manager} ${object.kind} ${generalised(field)}`,
  )
  return [
    ...[...open.values()].flatMap((fields) => openFinding(release, fields)),
    ...[...settled.values()].flatMap((fields) => settledFinding(release, fields)),
  ]
}

function openFinding(release: string, fields: readonly OpenConflict[]): Finding[] {
  const [first] = fields
  if (first === undefined) return []
  const { manager, field, object, row } = first
  const finding = errorFinding({
    code: 'field-conflict',
    message: `${manager} owns ${generalised(field)} of ${named(fields)}, and release ${release} would change it.`,
    cause: row?.reason ?? 'No rule says whose value counts there, so nobody is overruled.',
    remedy: `Bring both to one value, in the values of the release or where ${manager} has it from, or let ${manager} give the field up; then plan again.`,
    object: refOf(object),
  })
  return [finding]
}

function settledFinding(release: string, fields: readonly SettledField[]): Finding[] {
  const [first] = fields
  if (first === undefined) return []
  const { row, path, object } = first
  const managers = [...new Set(fields.map(({ manager }) => manager))].join(', ')
  const what = `${generalText(path)} of ${named(fields)}`
  const about = { cause: row.reason, object: refOf(object) }
  if (row.outcome === 'yield') {
    const remedy = `Nothing. A \`helm upgrade\` of ${release} by hand stops there as long as its values say otherwise.`
    return [
      infoFinding({
        ...about,
        code: 'field-yielded',
        message: `${managers} owns ${what}: its value stays, and ${release} goes without it.`,
        remedy,
      }),
    ]
  }
  const remedy = `Nothing, unless ${managers} writes it again.`
  return [
    warningFinding({
      ...about,
      code: 'field-taken',
      message: `${managers} owns ${what}: the value of ${release} takes its place.`,
      remedy,
    }),
  ]
}

function named(fields: readonly { object: SettledField['object'] }[]): string {
  const names = someNames([...new Set(fields.map(({ object }) => nameOf(object)))])
  return fields.length > 1 ? `${names} (${count(fields.length, 'field')})` : names
}
