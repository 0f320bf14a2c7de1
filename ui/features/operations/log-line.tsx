import { formatClock } from '../../lib/format-time.js'
import type { Schema } from '../../lib/schema.js'
import styles from './operation-log.module.css'

/** One line of a log: time, step, level where it matters, text with what was looked for marked. */
export function LogLine({ entry, find }: { entry: Schema<'OperationLogEntry'> | undefined; find: string }) {
  if (entry === undefined) return null
  return (
    <div className={`${styles.line} ${styles[entry.level]}`}>
      <span className={styles.time}>{formatClock(entry.at)}</span>
      <span className={styles.step}>{entry.step}</span>
      {(entry.level === 'warning' || entry.level === 'error') && <span className={styles.level}>{entry.level} </span>}
      <Marked text={entry.message.replaceAll('\n', ' ⏎ ')} find={find} />
    </div>
  )
}

// Only the first hit of a line is marked: the line itself is what is looked for.
function Marked({ text, find }: { text: string; find: string }) {
  const at = find === '' ? -1 : text.toLowerCase().indexOf(find)
  if (at < 0) return <span>{text}</span>
  return (
    <span>
      {text.slice(0, at)}
      <mark>{text.slice(at, at + find.length)}</mark>
      {text.slice(at + find.length)}
    </span>
  )
}
