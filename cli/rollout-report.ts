import type { Rollout } from '../contract/rollout.js'
import { findingText } from './plan-report.js'
import { toneOf } from './resource-views.js'
import type { Terminal } from './terminal.js'
import { textTable } from './text-table.js'
import { wrapText } from './wrap-text.js'

type Paint = Terminal['paint']

/** A rollout for people: its stages, what keeps the present one, what stands now, and what can be asked of it. */
export function rolloutReport(rollout: Rollout, { paint, wide }: { paint: Paint; wide: boolean }): string {
  const { standing, remedy, approval, failure, state } = rollout
  const findings = state === 'blocked' ? (approval?.findings.filter(({ severity }) => severity === 'error') ?? []) : []
  const sections = [
    `${rollout.mesh} ${rollout.version}, ${rollout.revision} to ${rollout.newRevision}: ${paint(state, toneOf(state))}`,
    stageTable(rollout, { paint, wide }),
    ...(failure ? [findingText({ severity: 'error', message: failure.title, ...failure }, paint)] : []),
    ...findings.map((finding) => findingText(finding, paint)),
    [standing, ...(remedy ? [remedy] : [])].map((text) => wrapText(text)).join('\n'),
    nextCommands(rollout),
  ]
  return sections.filter((section) => section !== '').join('\n\n')
}

// What it does stands last, where a line may run on.
function stageTable({ stages }: Rollout, { paint, wide }: { paint: Paint; wide: boolean }): string {
  const titles = ['STAGE', 'STATE', ...(wide ? ['OPERATION'] : []), 'WHAT']
  const rows = stages.map(({ position, state, operation, title }) => [
    ...[String(position + 1), paint(state, toneOf(state))],
    ...(wide ? [operation ?? '-'] : []),
    title,
  ])
  return textTable(titles, rows)
}

const verbLabels: Record<Rollout['can'][number], string> = { approve: 'go on:     ', replan: 'plan again:', stop: 'stop:      ' }

function nextCommands({ id, can, state, stage, stages }: Rollout): string {
  const operation = stages[stage]?.operation
  const follow = operation !== undefined && (state === 'running' || state === 'interrupted')
  return [
    ...(follow ? [`follow:     meshwright operation watch ${operation}`] : []),
    ...can.map((verb) => `${verbLabels[verb]} meshwright rollout ${verb} ${id}`),
  ].join('\n')
}
