import { figure } from './figures.js'
import type { InstallSamples } from './measure-install.js'
import type { SimulatedSamples } from './measure-simulated.js'
import type { BedFigures, BuildSeconds, LevelSamples, Memory } from './measure-testbed.js'

/** Markdown tables of the figures that `npm run bench:testbed` measures. */
export function simulatedTable({ readyMs, firstScreenMs, wholeFlowMs }: SimulatedSamples, sandboxMiB: number): string {
  return table(
    ['what', 'measured', 'goal'],
    [
      ['`npm start` of a built tree to its address', seconds(readyMs), ''],
      ['`npm start` to a screen that offers the simulated cluster', seconds(firstScreenMs), '< 10 s'],
      ['click on it → check → plan → install Istio → control plane → uninstall, on the page', seconds(wholeFlowMs), '≤ 10 s'],
      ['its process with 2,000 objects, resident', mebibytes(sandboxMiB), '≤ 120 MiB'],
    ],
  )
}

export function levelTable(levels: ReadonlyMap<string, LevelSamples>): string {
  const rows = [...levels].map(([level, { startMs, stopMs, memory }]) => [
    `\`${level}\``,
    seconds(startMs),
    seconds(stopMs),
    mebibytes(total(memory)),
  ])
  return table(['level', 'start', 'stop', 'memory'], rows)
}

export function bedTable(beds: Readonly<Record<string, BedFigures>>): string {
  const rows = Object.entries(beds).map(([mesh, { wholeMs, installMs, memory, serverMiB, adaptersMiB }]) => [
    mesh,
    seconds([wholeMs]),
    seconds([installMs]),
    mebibytes(total(memory)),
    mebibytes(serverMiB),
    adaptersMiB.map(mebibytes).join(', ') || 'none runs',
  ])
  return table(
    [
      'mesh',
      'from nothing to the application',
      'of it the installation',
      'the node with its pods',
      'our server, resident',
      'our adapters, resident',
    ],
    rows,
  )
}

export function installTable({ oursMs, planMs, byHandMs }: InstallSamples): string {
  return table(
    ['what', 'measured', 'goal'],
    [
      ['plan', seconds(planMs), ''],
      ['through us, from the start of the plan to its outcome', seconds(oursMs), ''],
      ['three `helm upgrade --install --wait` by hand', seconds(byHandMs), ''],
      ['through us ÷ by hand, medians', (median(oursMs) / median(byHandMs)).toFixed(2), '≤ 1.25'],
      ['quickest through us ÷ quickest by hand', (Math.min(...oursMs) / Math.min(...byHandMs)).toFixed(2), ''],
    ],
  )
}

/** Programs as rows, worlds as columns. */
export function memoryTable(worlds: readonly (readonly [world: string, memory: Memory])[]): string {
  const programs = [...new Set(worlds.flatMap(([, memory]) => memory.map(([program]) => program)))]
  const cell = (memory: Memory, wanted: string) => memory.find(([program]) => program === wanted)?.[1].toFixed(0) ?? ''
  const rows = programs.map((program) => [program, ...worlds.map(([, memory]) => cell(memory, program))])
  const sums = ['**all**', ...worlds.map(([, memory]) => total(memory).toFixed(0))]
  return table(['program', ...worlds.map(([world]) => world)], [...rows, sums])
}

export function buildTable({ last, warm, nothingToDo }: BuildSeconds): string {
  const sum = (times: Readonly<Record<string, number>>) => Object.values(times).reduce((all, one) => all + one, 0)
  const rows = Object.entries(warm).map(([tool, seconds]) => [tool, last[tool]?.toFixed(1) ?? '', seconds.toFixed(1)])
  return [
    table(
      ['tool, in order', 'last build here, s', "again with Go's caches filled, s"],
      [...rows, ['**all**', sum(last).toFixed(0), sum(warm).toFixed(0)]],
    ),
    `With nothing to build, \`npm run testbed:build -- --all\` takes ${nothingToDo.toFixed(1)} s.`,
    'The last build here was cold when it was the first on the machine: `test-bed` of `.ci/run` tells the same from an empty cache.',
  ].join('\n\n')
}

function total(memory: Memory): number {
  return memory.reduce((sum, [, mb]) => sum + mb, 0)
}

function median(samples: number[]): number {
  return figure('', samples, { unit: '' }).median
}

function seconds(samplesMs: readonly number[]): string {
  const { median, min, max } = figure(
    '',
    samplesMs.map((ms) => ms / 1000),
    { unit: 's' },
  )
  return samplesMs.length > 1 ? `${median.toFixed(1)} s (${min.toFixed(1)}–${max.toFixed(1)})` : `${median.toFixed(1)} s`
}

function mebibytes(mb: number): string {
  return `${mb.toFixed(0)} MiB`
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n')
}
