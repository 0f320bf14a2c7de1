import type { Code } from '../../contract/codes.js'
import { AppError } from '../errors.js'

const windowMs = 60_000
const crashesToOpen = 5
const backOffMs = [0, 250, 1_000, 3_000, 5_000]

/** Counts the crashes of one process within the last minute. */
export interface CrashCircuit {
  crashed(): void
  /** How long to wait before the next start, in ms. Throws the refusal's code after five crashes within a minute. */
  delayMs(): number
}

/** `what` is the process in words, such as "The istio adapter"; `remedy` is what its user can do. */
export interface CrashRefusal {
  code: Code
  what: string
  remedy: string
}

export function createCrashCircuit({ code, what, remedy }: CrashRefusal, now: () => number = Date.now): CrashCircuit {
  let crashes: number[] = []
  return {
    crashed: () => void crashes.push(now()),
    delayMs: () => {
      crashes = crashes.filter((at) => now() - at < windowMs)
      if (crashes.length < crashesToOpen) return backOffMs[crashes.length] ?? 0
      throw new AppError(code, `${what} ended ${crashes.length} times within a minute and is left alone for now.`, {
        cause: 'It keeps crashing.',
        remedy,
      })
    },
  }
}
