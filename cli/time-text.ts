/** Time since then as kubectl tells it: 45s, 12m, 3h, 8d. */
export function ageOf(timestamp: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(timestamp)) / 1000))
  if (seconds < 120) return `${seconds}s`
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`
}

/** Between two moments, to a tenth of a second: 3.2s, 1m05s. */
export function durationBetween(from: string, to: string): string {
  const ms = Date.parse(to) - Date.parse(from)
  const minutes = Math.floor(ms / 60_000)
  return minutes === 0 ? `${(ms / 1000).toFixed(1)}s` : `${minutes}m${String(Math.floor((ms % 60_000) / 1000)).padStart(2, '0')}s`
}

/** Time of day in the user's zone: 14:03:09. */
export function clockOf(timestamp: string): string {
  return new Date(timestamp).toTimeString().slice(0, 8)
}
