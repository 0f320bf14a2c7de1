import { formatAge, formatDuration, formatMoment } from '../lib/format-time.js'
import { useNow } from '../lib/use-now.js'

/**
 * Time since a moment, kept true while it is on the screen; the full moment is in the tooltip.
 * All ages of a page share one timer.
 */
export function Age({ of, suffix = '' }: { of: string; suffix?: string }) {
  const ms = Math.max(0, useNow(5000) - Date.parse(of))
  const age = formatAge(ms)
  return (
    <time dateTime={of} title={formatMoment(of)}>
      {age === 'now' ? 'just now' : `${age}${suffix}`}
    </time>
  )
}

/** From a start to an end, or to now while there is no end. */
export function Elapsed({ from, to }: { from: string; to?: string | undefined }) {
  return to === undefined ? <Running from={from} /> : <span>{formatDuration(Date.parse(to) - Date.parse(from))}</span>
}

function Running({ from }: { from: string }) {
  return <span>{formatDuration(useNow(1000) - Date.parse(from))}</span>
}
