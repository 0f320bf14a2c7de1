import { type ReactNode, useId } from 'react'
import styles from './section.module.css'

interface SectionProps {
  title: ReactNode
  note?: ReactNode
  actions?: ReactNode
  children: ReactNode
  padded?: boolean
}

/**
 * A titled surface. `padded` is for free content; tables and lists go to the edge.
 * Its title names it as a region too, so titles on one page must differ.
 */
export function Section({ title, note, actions, children, padded = false }: SectionProps) {
  const heading = useId()
  return (
    <section className={styles.section} aria-labelledby={heading}>
      <header className={styles.head}>
        <h2 id={heading} className={styles.title}>
          {title}
        </h2>
        {note !== undefined && <span className={styles.note}>{note}</span>}
        {actions !== undefined && <div className={styles.actions}>{actions}</div>}
      </header>
      <div className={padded ? styles.padded : styles.body}>{children}</div>
    </section>
  )
}
