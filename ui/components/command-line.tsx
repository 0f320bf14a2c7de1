import styles from './command-line.module.css'
import { CopyButton } from './copy-button.js'

/** A command to paste into a terminal. Long ones scroll in their own line, never the page. */
export function CommandLine({ command, label }: { command: string; label?: string }) {
  return (
    <div className={styles.line}>
      {label !== undefined && <span className={styles.label}>{label}</span>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <pre className={styles.text} tabIndex={0}>
        {command}
      </pre>
      <CopyButton text={command} what={label === undefined ? 'command' : `${label} command`} />
    </div>
  )
}
