import { KubeError } from '../../kube/kube-client.js'

/** What a reflector does after a failure. */
export interface Retry {
  /** `keep`: say nothing yet, a stream that was cut is mostly back at once. */
  state: 'keep' | 'stale' | 'forbidden' | 'absent'
  waitMs: number
  /** Begin again with a list; else the watch resumes after the last version. */
  relist: boolean
}

export interface Failure {
  error: unknown
  /** Failures in a row before this one; a stream that lived for a while starts the count again. */
  failures: number
  /** Whether the stream had been open when it failed. */
  wasOpen: boolean
  /** Between 0 and 1. */
  random: number
}

const firstWaitMs = 800
// A person is watching: client-go's 30 s would be too long.
const longestWaitMs = 10_000
// Rights and kinds come rarely; and a wrong credential must not be tried more than twice a minute (accounts get locked).
const unauthorisedWaitMs = 30_000
const missingWaitMs = 60_000
// A version that the server can no longer place (restored from a backup, for one) shows as endless errors on the watch.
const relistAfterFailures = 5

/** The table of client-go's reflector with our waits; pure. */
export function decideRetry({ error, failures, wasOpen, random }: Failure): Retry {
  const backoff = Math.min(longestWaitMs, firstWaitMs * 2 ** failures) * (0.6 + 0.4 * random)
  const state = wasOpen && failures < 3 ? 'keep' : 'stale'
  if (error instanceof SyntaxError) return { state, waitMs: backoff, relist: true }
  if (!(error instanceof KubeError)) return { state, waitMs: isStall(error) && failures === 0 ? 0 : backoff, relist: false }
  switch (error.status) {
    case 401:
      return { state: 'stale', waitMs: unauthorisedWaitMs * (1 + 0.2 * random), relist: false }
    case 403:
      return { state: 'forbidden', waitMs: missingWaitMs * (1 + 0.2 * random), relist: true }
    case 404:
      return { state: 'absent', waitMs: missingWaitMs * (1 + 0.2 * random), relist: true }
    case 410:
      return { state, waitMs: failures === 0 ? 0 : backoff, relist: true }
    case 429:
      return { state: 'stale', waitMs: Math.max(backoff, (error.retryAfterSeconds ?? 0) * 1000), relist: false }
    default:
      return { state, waitMs: backoff, relist: failures >= relistAfterFailures }
  }
}

function isStall(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'UND_ERR_BODY_TIMEOUT'
}
