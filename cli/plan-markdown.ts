import type { Finding } from '../contract/finding.js'
import type { MadePlan } from './make-plan.js'
import { countVerdicts, objectName } from './plan-report.js'

const signs: Record<Finding['severity'], string> = { error: '❌', warning: '⚠️', info: 'ℹ️' }

/** A plan as a comment on a pull request; the objects are folded away. */
export function planMarkdown({ value: plan, objects }: MadePlan): string {
  const { request, state, changes } = plan
  const title = `${request.action} ${request.mesh}${request.version ? ` ${request.version}` : ''}`
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
  const rows = objects.map(
    ({ change, verdict, object, reason }) => `| ${change} | ${verdict} | ${objectName(object)} | ${cell(reason ?? '')} |`,
  )
  return [
    `### Meshwright plan: ${title} — ${state === 'refused' ? '❌ refused' : '✅ nothing refused'}`,
    `${changes.create} to create, ${changes.update} to update, ${changes.delete} to delete, ${changes.keep} to keep. Nothing was changed.`,
    table('| step | what | objects | verdicts |', steps),
    section('Findings', findings),
    section('To be confirmed', confirmations),
    section('Left afterwards', leftovers),
    `<details><summary>${objects.length} objects</summary>\n\n${table('| change | verdict | object | reason |', rows)}\n\n</details>`,
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function table(head: string, rows: string[]): string {
  const columns = head.split('|').length - 2
  return rows.length === 0 ? '' : [head, `|${' --- |'.repeat(columns)}`, ...rows].join('\n')
}

function section(title: string, lines: string[]): string {
  return lines.length === 0 ? '' : `**${title}**\n\n${lines.join('\n')}`
}

// A bar or a line break would end the cell.
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
