import type { ReactNode } from 'react'
import styles from './status-mark.module.css'
import type { Tone } from './tone.js'

/**
 * A state in one word, with the shape and colour of its tone. `quiet` leaves out the pill around it.
 * Never colour alone: not every reader sees it.
 */
export function StatusMark({ tone, children, quiet = false }: { tone: Tone; children: ReactNode; quiet?: boolean }) {
  return (
    <span className={`${styles.mark} ${styles[tone]} ${quiet ? '' : styles.pill}`} data-tone={tone}>
      <ToneShape tone={tone} />
      <span>{children}</span>
    </span>
  )
}

const shapes: Record<Tone, ReactNode> = {
  ok: (
    <path
      d="M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm3 5.2L7.4 10.5 5 8.2"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  warn: (
    <path
      d="M8 2.2 14.3 13.3H1.7L8 2.2Zm0 4.3v3m0 1.7v.1"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  bad: (
    <path
      d="M5.2 1.5h5.6l3.7 3.7v5.6l-3.7 3.7H5.2l-3.7-3.7V5.2L5.2 1.5Zm.8 4.5 4 4m0-4-4 4"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
  ),
  busy: (
    <path
      d="M14.5 8A6.5 6.5 0 1 1 8 1.5"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      className={styles.turning}
    />
  ),
  idle: <circle cx="8" cy="8" r="5.7" fill="none" stroke="currentColor" strokeWidth="1.7" strokeDasharray="2.4 2.1" />,
}

/** The shape of a tone alone, where the words stand elsewhere. */
export function ToneShape({ tone }: { tone: Tone }) {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true" className={`${styles.shape} ${styles[tone]}`}>
      {shapes[tone]}
    </svg>
  )
}
