import styles from './diff-view.module.css'

/** A unified diff with its additions and removals marked by sign and colour. */
export function DiffView({ diff, label }: { diff: string; label: string }) {
  const lines = diff
    .replace(/\n$/, '')
    .split('\n')
    .filter((line) => !/^(---|\+\+\+|Index:|=====|\\ )/.test(line))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={styles.diff} aria-label={label} tabIndex={0}>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines of one diff never move
        <div key={index} className={`${styles.line} ${lineStyle(line)}`}>
          {line}
        </div>
      ))}
    </section>
  )
}

function lineStyle(line: string): string | undefined {
  if (line.startsWith('+')) return styles.added
  if (line.startsWith('-')) return styles.removed
  return line.startsWith('@@') ? styles.hunk : undefined
}
