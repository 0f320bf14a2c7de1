const firstMs = 500
const longestMs = 30_000

/** Waiting time before attempt n (from 0): doubles up to 30 s, half of it random so that many tabs do not come at once. */
export function backOffMs(attempt: number): number {
  const full = Math.min(longestMs, firstMs * 2 ** attempt)
  return full / 2 + Math.random() * (full / 2)
}
