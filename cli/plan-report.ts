import type { Finding } from '../contract/finding.js'
import type { Plan, PlannedObject, PlannedRelease } from '../contract/plan.js'
import type { MadePlan } from './make-plan.js'
import { describeRelease, shownValues } from './release-text.js'
import type { Terminal, Tone } from './terminal.js'
import { textTable } from './text-table.js'
import { wrapText } from './wrap-text.js'

type Paint = Terminal['paint']

const severityTones: Record<Finding['severity'], Tone> = { error: 'bad', warning: 'warn', info: 'quiet' }
const verdicts: PlannedObject['verdict'][] = ['server', 'schema-only', 'deferred', 'refused']

/** A plan for people: steps, what they change and how sure that is, findings, what must be confirmed, what will be left. */
export function planReport({ value: plan, objects }: MadePlan, paint: Paint): string {
  const sections = [
    stepTable(plan, objects, paint),
    ...plan.steps.flatMap(({ release }) => (release ? [releaseText(release, paint)] : [])),
    objectSummary(plan, objects),
    refusals(objects, paint),
    ...plan.findings.map((finding) => findingText(finding, paint)),
    ...plan.confirmations.map(
      ({ code, text, destructive }) =>
        `${paint('confirm', destructive ? 'bad' : 'warn')} ${code}\n${wrapText(`    ${text}`, { indent: '    ' })}`,
    ),
    leftovers(plan, paint),
    planResult(plan, paint),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

/** What the objects of one step or plan come to, such as `3 server, 1 deferred`. */
export function countVerdicts(objects: PlannedObject[]): string {
  const counts = verdicts.map((verdict) => ({ verdict, count: objects.filter((object) => object.verdict === verdict).length }))
  const present = counts.filter(({ count }) => count > 0).map(({ verdict, count }) => `${count} ${verdict}`)
  return present.join(', ') || '-'
}

/** `Deployment istio-system/istiod`. */
export function objectName({ kind, namespace, name }: PlannedObject['object']): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`
}

function stepTable({ steps }: Plan, objects: PlannedObject[], paint: Paint): string {
  const rows = steps.map(({ key, title, hooks }, index) => {
    const own = objects.filter(({ step }) => step === key)
    return [String(index + 1), title, String(own.length), countVerdicts(own), hooks.length > 0 ? `${hooks.length} will run` : '-']
  })
  return steps.length === 0 ? '' : textTable(['STEP', paint('WHAT', undefined), 'OBJECTS', 'VERDICTS', 'HOOKS'], rows)
}

const diffTones: Record<string, Tone> = { '+': 'good', '-': 'bad', '@': 'quiet' }

function releaseText(release: PlannedRelease, paint: Paint): string {
  const { language, text } = shownValues(release)
  const title = paint(describeRelease(release), 'strong')
  if (text === '') return `${title}\n    its values stay as they are`
  const tone = (line: string) => (language === 'diff' ? diffTones[line.charAt(0)] : undefined)
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${paint(line, tone(line))}`)
  return [title, ...lines].join('\n')
}

// One reason stands for all: that most objects of a first installation are deferred is normal.
function objectSummary({ changes: { create, update, delete: removed, keep }, objectCount }: Plan, objects: PlannedObject[]): string {
  const deferred = objects.find(({ verdict }) => verdict === 'deferred')
  const because = deferred?.reason ? `; deferred, for example: ${deferred.reason}` : ''
  return `${objectCount} objects: ${create} to create, ${update} to update, ${removed} to delete, ${keep} to keep${because}`
}

function refusals(objects: PlannedObject[], paint: Paint): string {
  const refused = objects.filter(({ verdict }) => verdict === 'refused')
  return refused
    .map(({ object, reason }) => `${paint('refused', 'bad')} ${objectName(object)}${reason ? `\n    why:     ${reason}` : ''}`)
    .join('\n')
}

/** One finding: how bad, what, why and what to do. */
export function findingText({ severity, code, message, cause, remedy, docs }: Finding, paint: Paint): string {
  const lines = [`${paint(severity, severityTones[severity])} ${code}: ${message}`]
  if (cause) lines.push(`    why:     ${cause}`)
  if (remedy) lines.push(`    do this: ${remedy}`)
  if (docs) lines.push(`    more:    ${docs}`)
  return lines.join('\n')
}

function leftovers({ leftovers: expected }: Plan, paint: Paint): string {
  if (expected.length === 0) return ''
  const lines = expected.map(({ description, reason, removeBy }) =>
    wrapText(`    ${description}: ${reason}${removeBy ? ` (${removeBy})` : ''}`, { indent: '      ' }),
  )
  return [paint('What will be left afterwards', 'strong'), ...lines].join('\n')
}

function planResult({ id, state }: Plan, paint: Paint): string {
  return state === 'refused'
    ? `Plan ${id} is ${paint('refused', 'bad')}: see the errors above.`
    : `Plan ${id} is ${paint('ready', 'good')}; nothing was changed.`
}
