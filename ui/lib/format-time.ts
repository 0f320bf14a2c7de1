const seconds = 1000
const minutes = 60 * seconds
const hours = 60 * minutes
const days = 24 * hours

const steps = [
  [days, 'd', hours, 'h'],
  [hours, 'h', minutes, 'm'],
  [minutes, 'm', seconds, 's'],
] as const

/** `14.3s`, `2m 5s`, `3h 4m`, `2d 1h`: two units at most, as kubectl writes ages. */
export function formatDuration(ms: number): string {
  for (const [large, largeName, small, smallName] of steps) {
    if (ms < large) continue
    const rest = Math.floor((ms % large) / small)
    return rest === 0 ? `${Math.floor(ms / large)}${largeName}` : `${Math.floor(ms / large)}${largeName} ${rest}${smallName}`
  }
  return ms < 10 * seconds ? `${(Math.max(0, ms) / seconds).toFixed(1)}s` : `${Math.floor(ms / seconds)}s`
}

/** Time since, coarse enough to be read at a glance: `now`, `4m`, `3h`, `2d`. */
export function formatAge(ms: number): string {
  if (ms < 10 * seconds) return 'now'
  if (ms < minutes) return `${Math.floor(ms / seconds)}s`
  if (ms < hours) return `${Math.floor(ms / minutes)}m`
  if (ms < 2 * days) return `${Math.floor(ms / hours)}h`
  return `${Math.floor(ms / days)}d`
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' })

/** Time of day to the second, in the reader's own zone. */
export function formatClock(timestamp: string): string {
  return clock.format(new Date(timestamp))
}

/** Date and time in the reader's own zone and language. */
export function formatMoment(timestamp: string): string {
  return moment.format(new Date(timestamp))
}
