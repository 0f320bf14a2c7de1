import type { ReactNode } from 'react'
import styles from './chip.module.css'
import { ToneShape } from './status-mark.js'
import type { Tone } from './tone.js'

interface ChipProps {
  tone: Tone
  name: string
  text: string
  hint?: string
  mark?: ReactNode
  onPress?: () => void
}

/**
 * A connection at a glance: shape, name, state. With `onPress` it is a button, and `hint` says what that does; `mark` ends it.
 * It never carries an error text: what is broken says so below, in full.
 */
export function Chip({ tone, name, text, hint, mark, onPress }: ChipProps) {
  const inside = (
    <>
      <ToneShape tone={tone} />
      <span className={styles.name}>{name}</span>
      <span className={styles.text}>{text}</span>
      {mark}
    </>
  )
  if (onPress === undefined) return <span className={styles.chip}>{inside}</span>
  return (
    <button type="button" className={`${styles.chip} ${styles.button}`} title={hint} onClick={onPress}>
      {inside}
    </button>
  )
}
