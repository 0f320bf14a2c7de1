import type { ActionRequest, PlannedRelease, PlanStep } from '../../../contract/plan.js'

/** What of a plan goes into a file: releases in their order, and the steps that no release stands for. */
export interface ExportedPlan {
  id: string
  request: ActionRequest
  createdAt: number
  simulated: boolean
  releases: (PlannedRelease & { title: string })[]
  others: PlanStep[]
}

/** The comment at the head of every file: where it comes from, `notes` of the tool, and what the file does not do. */
export function fileHead({ id, request, createdAt, simulated, releases, others }: ExportedPlan, notes: string[]): string {
  const made = new Date(createdAt).toISOString().slice(0, 10)
  const withheld = releases.flatMap(({ name, withheld }) => withheld.map((path) => `${name}: ${path}`))
  return comment([
    `${[request.action, request.mesh, request.version].filter(Boolean).join(' ')}, as Meshwright planned it on ${made} (plan ${id}).`,
    ...(simulated ? ['The plan was made for a simulated cluster: nothing of it was tried on a real one.'] : []),
    ...notes,
    ...(withheld.length > 0 ? ['Secret values are left out of this file:', ...withheld.map((path) => `  ${path}`)] : []),
    ...(others.length > 0 ? ['The plan does this besides, and this file does not:', ...others.map(stepLine)] : []),
  ])
}

/** Lines as comments of a shell or of YAML: no text of theirs can begin a line of its own. */
export function comment(lines: string[]): string {
  return lines.map((line) => `# ${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`).join('')
}

/** Names for objects that stand for releases: two releases of one name get that of their namespace too. */
export function objectNames(releases: PlannedRelease[]): string[] {
  return releases.map(({ name, namespace }) => (releases.filter((other) => other.name === name).length > 1 ? `${namespace}-${name}` : name))
}

function stepLine({ title, equivalent }: PlanStep): string {
  return `  ${title}${equivalent ? `: ${equivalent}` : ''}`
}
