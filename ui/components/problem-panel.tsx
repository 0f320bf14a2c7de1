import { IconExternalLink } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import { CopyButton } from './copy-button.js'
import styles from './problem-panel.module.css'
import { ToneShape } from './status-mark.js'
import type { Tone } from './tone.js'

/** What happened (with more `text` to it), why, what to do: the words of a problem document or of a failure. */
export interface ProblemWords {
  title: string
  text?: string | undefined
  cause?: string | undefined
  remedy?: string | undefined
  docs?: string | undefined
  code?: string | undefined
  fields?: { pointer: string; message: string }[] | undefined
}

interface ProblemPanelProps {
  problem: ProblemWords
  tone?: Tone
  raw?: string
  children?: ReactNode
}

/**
 * One failure, told in full and in place. The raw answer is folded; `children` are the ways on (retry, remove).
 * Only bad news is announced to screen readers; a warning waits to be read.
 */
export function ProblemPanel({ problem, tone = 'bad', raw, children }: ProblemPanelProps) {
  return (
    <div className={`${styles.panel} ${styles[tone]}`} role={tone === 'bad' ? 'alert' : undefined}>
      <div className={styles.head}>
        <ToneShape tone={tone} />
        <strong className={styles.title}>{problem.title}</strong>
        {raw !== undefined && <CopyButton text={raw} what="details" />}
      </div>
      <div className={styles.body}>
        {problem.text !== undefined && <p className={styles.text}>{withCode(problem.text)}</p>}
        {problem.cause !== undefined && <Line label="Why">{problem.cause}</Line>}
        {problem.fields?.map((field) => (
          <Line key={`${field.pointer}${field.message}`} label={field.pointer.replace(/^\//, '') || 'Field'}>
            {field.message}
          </Line>
        ))}
        {problem.remedy !== undefined && <Line label="Do this">{problem.remedy}</Line>}
        <DocumentationLink address={problem.docs} />
        {raw !== undefined && (
          <details className={styles.raw}>
            <summary>Details for a bug report{problem.code === undefined ? '' : ` (${problem.code})`}</summary>
            <pre>{raw}</pre>
          </details>
        )}
        {children !== undefined && <div className={styles.actions}>{children}</div>}
      </div>
    </div>
  )
}

function Line({ label, children }: { label: string; children: string }) {
  return (
    <p className={styles.line}>
      <span className={styles.label}>{label}</span>
      <span className={styles.text}>{withCode(children)}</span>
    </p>
  )
}

// Texts of the server mark what is to be typed with back-ticks.
function withCode(text: string): ReactNode[] {
  // biome-ignore lint/suspicious/noArrayIndexKey: the parts of one text never move
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part))
}

// The address may come from a cluster, so only a web address becomes a link.
function DocumentationLink({ address }: { address: string | undefined }) {
  if (address === undefined || !/^https?:\/\//.test(address)) return null
  return (
    <a className={styles.docs} href={address} target="_blank" rel="noopener noreferrer">
      Read more <IconExternalLink size={13} aria-hidden="true" />
    </a>
  )
}
