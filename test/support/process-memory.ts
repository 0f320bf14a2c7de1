import { existsSync, readFileSync } from 'node:fs'

/** Resident memory of a process as the kernel counts it, in MiB; what it shares with others counts in full. */
export function residentMiB(pid: number): number {
  return mebibytes(readFileSync(`/proc/${pid}/status`, 'utf8'), /^VmRSS:\s+(\d+) kB$/m)
}

/** Proportional memory of a process, in MiB: of what several processes share, each counts its part, so that sums are true. Undefined when it has ended. */
export function proportionalMiB(pid: number): number | undefined {
  const file = `/proc/${pid}/smaps_rollup`
  return existsSync(file) ? mebibytes(readFileSync(file, 'utf8'), /^Pss:\s+(\d+) kB$/m) : undefined
}

function mebibytes(text: string, field: RegExp): number {
  const [, kibibytes = ''] = field.exec(text) ?? []
  return Number.parseInt(kibibytes, 10) / 1024
}
