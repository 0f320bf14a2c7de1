import { useSyncExternalStore } from 'react'
import styles from './live-mark.module.css'
import type { LiveStatus, LiveUpdates } from './live-updates.js'

/**
 * Whether what is shown is live. Pressing it holds changes back, and pressing it again lets them in.
 * Its words change politely for screen readers; shape and colour of the dot say the same to the eye.
 */
export function LiveMark({ live }: { live: LiveUpdates }) {
  const status = useSyncExternalStore(live.follow, () => live.status)
  const { state, text, hint } = markOf(status)
  return (
    <button
      type="button"
      className={styles.mark}
      data-live={state}
      title={hint}
      aria-pressed={status.paused}
      onClick={() => live.setPaused(!status.paused)}
    >
      <span className={styles.dot} aria-hidden="true" />
      <span aria-live="polite">{text}</span>
    </button>
  )
}

function markOf({ stream, paused, waiting }: LiveStatus) {
  if (stream !== 'live')
    return {
      state: 'reconnecting',
      text: stream === 'connecting' ? 'Connecting' : 'Reconnecting',
      hint: 'The server does not answer at the moment. What is shown may be old.',
    }
  if (paused)
    return { state: 'paused', text: waiting === 0 ? 'Paused' : `Paused, ${waiting} new`, hint: 'Changes wait. Press to let them in.' }
  return { state: 'live', text: 'Live', hint: 'Changes appear by themselves. Press to hold them back.' }
}
