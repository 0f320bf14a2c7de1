import { IconCircleDashed, IconFilterOff, IconLock, IconPlugConnectedX } from '@tabler/icons-react'
import type { ReactNode } from 'react'
import styles from './state-picture.module.css'

const icons = { empty: IconCircleDashed, filtered: IconFilterOff, forbidden: IconLock, unreachable: IconPlugConnectedX }

interface StatePictureProps {
  state: keyof typeof icons
  title: string
  children?: ReactNode
  action?: ReactNode
}

/**
 * Why there is nothing to show: nothing there, filtered to nothing, not allowed, or not reached. Never the same picture.
 * A reader must never take "not allowed" or "not reached" for "nothing there".
 */
export function StatePicture({ state, title, children, action }: StatePictureProps) {
  const Icon = icons[state]
  return (
    <div className={styles.picture} data-state={state}>
      <span className={styles.icon}>
        <Icon size={22} stroke={1.6} aria-hidden="true" />
      </span>
      <div className={styles.words}>
        <p className={styles.title}>{title}</p>
        {children !== undefined && <p className={styles.text}>{children}</p>}
        {action !== undefined && <div className={styles.action}>{action}</div>}
      </div>
    </div>
  )
}

/** Grey lines while data is on its way; spoken once as "Loading …". */
export function LoadingLines({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <div className={styles.loading} role="status" data-state="loading">
      <span className={styles.spoken}>Loading {what}</span>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
        <span key={line} className={styles.bar} style={{ width: `${92 - ((line * 17) % 40)}%` }} />
      ))}
    </div>
  )
}
