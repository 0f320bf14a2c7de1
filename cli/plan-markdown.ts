import type { Finding } from '../contract/finding.js'
import type { Plan, PlannedObject, PlannedRelease } from '../contract/plan.js'
import { fitParts, type Part } from './fit-parts.js'
import type { MadePlan } from './make-plan.js'
import { changesAnything } from './plan-changes.js'
import { countVerdicts, objectName } from './plan-report.js'
import { describeRelease, shownValues } from './release-text.js'

const signs: Record<Finding['severity'], string> = { error: '❌', warning: '⚠️', info: 'ℹ️' }

// GitHub takes 65,536 characters; a little is left for what a job writes around it.
const sizeLimit = 60_000

/** A plan as a comment on a pull request; values and objects are folded away. It is cut to what a comment may hold, and says where. */
export function planMarkdown(made: MadePlan): string {
  const { value: plan, objects } = made
  const steps = plan.steps.map(({ key, title: step }, index) => {
    const own = objects.filter((object) => object.step === key)
    return `| ${index + 1} | ${cell(step)} | ${own.length} | ${countVerdicts(own)} |`
  })
  const findings = plan.findings.map(
    ({ severity, code, message, cause, remedy }) =>
      `- ${signs[severity]} \`${code}\` ${message}${cause ? `<br>why: ${cause}` : ''}${remedy ? `<br>do this: ${remedy}` : ''}`,
  )
  const confirmations = plan.confirmations.map(
    ({ code, text, destructive }) => `- \`${code}\`${destructive ? ' (destructive)' : ''}: ${text}`,
  )
  const leftovers = plan.leftovers.map(({ description, reason }) => `- ${description}: ${reason}`)
  const parts: Part[] = [
    { before: heading(plan), lines: [], after: '', what: '', rank: 0 },
    { ...table('| step | what | objects | verdicts |', steps), what: 'steps', rank: 3 },
    { ...section('Findings', findings), what: 'findings', rank: 2 },
    { ...section('To be confirmed', confirmations), what: 'confirmations', rank: 1 },
    { ...section('Left afterwards', leftovers), what: 'leftovers', rank: 4 },
    ...plan.steps.flatMap(({ release }) => (release ? [releasePart(release)] : [])),
    objectsPart(objects),
  ]
  return fitParts(parts, { limit: sizeLimit, seeAll: '`meshwright mesh plan -o table` shows them all' })
}

function heading(plan: Plan): string {
  const { request, state, changes } = plan
  const title = `${request.action} ${request.mesh}${request.version ? ` ${request.version}` : ''}`
  const result = changesAnything(plan) ? '✅ nothing refused' : '✅ nothing changes'
  return `### Meshwright plan: ${title} — ${state === 'refused' ? '❌ refused' : result}

${changes.create} to create, ${changes.update} to update, ${changes.delete} to delete, ${changes.keep} to keep. Nothing was changed.`
}

/** What changes of the values where the release is there, else all of them. */
function releasePart(release: PlannedRelease): Part {
  const { language, text } = shownValues(release)
  const lines = text.trimEnd().split('\n')
  // Longer than any row of backticks in the text: nothing in it can end the block.
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)))
  const summary = `<details><summary>${describeRelease(release)}</summary>`
  return text === ''
    ? { before: `${summary}\n\nIts values stay as they are.`, lines: [], after: '\n</details>', what: '', rank: 5 }
    : { before: `${summary}\n\n${fence}${language}`, lines, after: `${fence}\n\n</details>`, what: 'lines of values', rank: 5 }
}

// What somebody must see comes first, and what stays as it is is the first to be cut.
const weights = ['delete', 'update', 'create', 'keep'] as const

function objectsPart(objects: PlannedObject[]): Part {
  const weight = ({ change, verdict }: PlannedObject) => (verdict === 'refused' ? -1 : weights.indexOf(change))
  const rows = [...objects]
    .sort((one, other) => weight(one) - weight(other))
    .map(({ change, verdict, object, reason }) => `| ${change} | ${verdict} | ${objectName(object)} | ${cell(reason ?? '')} |`)
  const { before, lines } = table('| change | verdict | object | reason |', rows)
  const summary = `<details><summary>${objects.length} objects</summary>`
  return { before: `${summary}\n\n${before}`, lines, after: '\n</details>', what: 'objects', rank: 6 }
}

function table(head: string, lines: string[]) {
  const columns = head.split('|').length - 2
  return { before: lines.length === 0 ? '' : `${head}\n|${' --- |'.repeat(columns)}`, lines, after: '' }
}

function section(title: string, lines: string[]) {
  return { before: lines.length === 0 ? '' : `**${title}**\n`, lines: lines.map(oneLine), after: '' }
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ')
}

// A bar or a line break would end the cell.
function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|')
}
