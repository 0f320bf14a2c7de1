import { setTimeout as sleep } from 'node:timers/promises'
import type { FaultRule } from '../contract/sandbox.js'
import { expired, StatusError } from './status-error.js'

/** Where a fault strikes. */
export interface FaultSite {
  isWatch: boolean
  /** Aborted when the client has gone or the cluster is reset: what waits then is never done. */
  signal: AbortSignal
}

/** The request is worked on, or its connection is cut. */
type Outcome = 'pass' | 'cut'

/** Does what the rule says before its request is worked on. Throws StatusError when the fault is an answer. */
export async function actOn(rule: FaultRule, site: FaultSite): Promise<Outcome> {
  return acts[rule.fault](rule, site)
}

const acts: Record<FaultRule['fault'], (rule: FaultRule, site: FaultSite) => Outcome | Promise<Outcome>> = {
  error({ status = 500 }) {
    throw new StatusError(status, 'InternalError', 'an error that the fault script asked for')
  },
  throttle({ retryAfterSeconds = 1 }) {
    const message = 'the server has received too many requests and has asked us to try again later'
    throw new StatusError(429, 'TooManyRequests', message).about({ retryAfterSeconds })
  },
  gone(_rule, { isWatch }) {
    // A watch tells it in its stream.
    if (isWatch) return 'pass'
    throw expired('The resourceVersion for the provided list is too old.')
  },
  async latency({ delayMs = 1_000 }, { signal }): Promise<Outcome> {
    return (await isWaited(delayMs, signal)) ? 'pass' : 'cut'
  },
  async stall({ delayMs = 30_000 }, { signal }): Promise<Outcome> {
    await isWaited(delayMs, signal)
    return 'cut'
  },
  reset: () => 'cut',
  // It strikes when the watch runs.
  'lose-watch': () => 'pass',
}

/** False when it was aborted. */
function isWaited(delayMs: number, signal: AbortSignal): Promise<boolean> {
  return sleep(delayMs, true, { signal }).catch(() => false)
}
