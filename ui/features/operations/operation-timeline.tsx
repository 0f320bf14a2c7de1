import { Elapsed } from '../../components/age.js'
import { StatusMark, ToneShape } from '../../components/status-mark.js'
import { formatClock } from '../../lib/format-time.js'
import type { Schema } from '../../lib/schema.js'
import styles from './operation-timeline.module.css'
import { stepWords } from './operation-words.js'

interface OperationTimelineProps {
  steps: readonly Schema<'OperationStep'>[]
  selected: string | undefined
  onSelect: (step: string | undefined) => void
}

/**
 * The steps in order with state and time. Choosing one shows only its log; choosing it again shows all.
 * A running step counts on by itself; its time is taken from the start that the server recorded.
 */
export function OperationTimeline({ steps, selected, onSelect }: OperationTimelineProps) {
  return (
    <ol className={styles.steps} aria-label="Steps">
      {steps.map((step) => {
        const [tone, word] = stepWords(step.state)
        const chosen = step.key === selected
        return (
          <li key={step.key} className={styles.step} data-step={step.key} data-state={step.state}>
            <button type="button" className={styles.button} aria-pressed={chosen} onClick={() => onSelect(chosen ? undefined : step.key)}>
              <span className={styles.shape}>
                <ToneShape tone={tone} />
              </span>
              <span className={styles.words}>
                <span className={styles.title}>{step.title}</span>
                <span className={styles.facts}>
                  <StatusMark tone={tone} quiet>
                    {word}
                  </StatusMark>
                  {step.startedAt !== undefined && (
                    <span>
                      {formatClock(step.startedAt)} · <Elapsed from={step.startedAt} to={step.endedAt} />
                    </span>
                  )}
                </span>
              </span>
            </button>
          </li>
        )
      })}
    </ol>
  )
}
