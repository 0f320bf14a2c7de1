import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'
import { join } from 'node:path'

/** What a figure was measured on; the load average before and after tells how much else ran. */
export function describeMachine() {
  const [cpu] = cpus()
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: execFileSync('git', ['describe', '--always', '--dirty'], { encoding: 'utf8' }).trim(),
    loadAverage: loadavg()[0] ?? 0,
  }
}

export interface Figure {
  name: string
  unit: string
  median: number
  min: number
  max: number
  samples: number[]
  /** What it should not pass; figures are printed and kept, never asserted. */
  goal?: number
}

export function figure(name: string, samples: number[], { unit, goal }: { unit: string; goal?: number }): Figure {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (share: number) => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN)
  return { name, unit, median: at(0.5), min: at(0), max: at(1), samples: samples.map(rounded), ...(goal === undefined ? {} : { goal }) }
}

export function printFigure({ name, unit, median, min, max, samples, goal }: Figure): void {
  const verdict = goal === undefined ? '' : ` (goal ≤ ${goal}${median <= goal ? '' : ', MISSED'})`
  process.stdout.write(`${name}: ${median} ${unit}, ${min}–${max} in ${samples.length}${verdict}\n`)
}

/** One file per benchmark, overwritten: the history is git's. */
export function keepFigures(benchmark: string, machine: ReturnType<typeof describeMachine>, figures: Figure[]): string {
  const folder = 'test/bench/results'
  const file = join(folder, `${benchmark}.json`)
  mkdirSync(folder, { recursive: true })
  const measuredAt = new Date().toISOString()
  writeFileSync(
    file,
    `${JSON.stringify({ benchmark, measuredAt, machine: { ...machine, loadAverageAfter: loadavg()[0] }, figures }, null, 2)}\n`,
  )
  return file
}

/** Milliseconds that a piece of work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const from = performance.now()
  await work()
  return performance.now() - from
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
