import { Checkbox } from '@mantine/core'
import { ObjectName } from '../../components/object-name.js'
import type { Schema } from '../../lib/schema.js'
import styles from './plan-view.module.css'

interface PlanConfirmationsProps {
  confirmations: readonly Schema<'Confirmation'>[]
  confirmed: readonly string[]
  onConfirmed: (codes: string[]) => void
}

/**
 * What must be agreed to before the start, one box each, with what is lost by name.
 * The text is the server's and names what is lost; the objects behind it are one fold away.
 */
export function PlanConfirmations({ confirmations, confirmed, onConfirmed }: PlanConfirmationsProps) {
  if (confirmations.length === 0) return null
  const toggle = (code: string) => onConfirmed(confirmed.includes(code) ? confirmed.filter((each) => each !== code) : [...confirmed, code])
  return (
    <div className={styles.part}>
      <h3 className={styles.heading}>Confirm what is lost</h3>
      <ul className={styles.list}>
        {confirmations.map(({ code, text, destructive, objects }) => (
          <li key={code} className={styles.confirmation} data-destructive={destructive} data-confirmation={code}>
            <Checkbox
              label={text}
              checked={confirmed.includes(code)}
              onChange={() => toggle(code)}
              color={destructive ? 'red' : 'verdigris'}
            />
            {objects.length > 0 && (
              <details className={styles.lost}>
                <summary>{objects.length === 1 ? '1 object' : `${objects.length} objects`}</summary>
                <ul>
                  {objects.map((object) => (
                    <li key={`${object.apiVersion} ${object.kind} ${object.namespace} ${object.name}`}>
                      <ObjectName object={object} />
                    </li>
                  ))}
                </ul>
              </details>
            )}
          </li>
        ))}
      </ul>
    </div>
  )
}
