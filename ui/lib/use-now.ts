import { useSyncExternalStore } from 'react'

// One timer per interval for the whole page, however many ages it shows.
const tickers = new Map<number, { now: number; listeners: Set<() => void>; timer: ReturnType<typeof setInterval> | undefined }>()

/** The present time, renewed every `intervalMs`. */
export function useNow(intervalMs: number): number {
  return useSyncExternalStore(
    (listener) => follow(intervalMs, listener),
    () => ticker(intervalMs).now,
  )
}

function ticker(intervalMs: number) {
  const known = tickers.get(intervalMs)
  if (known) return known
  const fresh = { now: Date.now(), listeners: new Set<() => void>(), timer: undefined }
  tickers.set(intervalMs, fresh)
  return fresh
}

// The last one to leave stops the timer, so that a quiet page sleeps.
function follow(intervalMs: number, listener: () => void): () => void {
  const it = ticker(intervalMs)
  it.listeners.add(listener)
  it.timer ??= setInterval(() => {
    it.now = Date.now()
    for (const each of it.listeners) each()
  }, intervalMs)
  return () => {
    it.listeners.delete(listener)
    if (it.listeners.size > 0) return
    clearInterval(it.timer)
    it.timer = undefined
  }
}
