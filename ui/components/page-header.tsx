import { type ReactNode, useEffect } from 'react'
import styles from './page-header.module.css'

interface PageHeaderProps {
  title: string
  mark?: ReactNode
  lead?: ReactNode
  actions?: ReactNode
}

/**
 * The head of a page: its one h1, a state beside it, a sentence below, actions at the right. Names the browser tab too.
 * Exactly one stands on every page, also on one that could not be loaded.
 */
export function PageHeader({ title, mark, lead, actions }: PageHeaderProps) {
  useEffect(() => {
    document.title = `${title} · Meshwright`
  }, [title])
  return (
    <header className={styles.header}>
      <div className={styles.words}>
        <div className={styles.line}>
          <h1 className={styles.title}>{title}</h1>
          {mark}
        </div>
        {lead !== undefined && <p className={styles.lead}>{lead}</p>}
      </div>
      {actions !== undefined && <div className={styles.actions}>{actions}</div>}
    </header>
  )
}
