import { Link } from '@tanstack/react-router'
import { ToneShape } from '../../components/status-mark.js'
import type { Schema } from '../../lib/schema.js'
import styles from './rollout-stages.module.css'
import { stageWords } from './rollout-words.js'

/** The stages in order, with what became of each; the present one is marked, and each that ran leads to its operation. */
export function RolloutStages({ rollout }: { rollout: Schema<'Rollout'> }) {
  return (
    <ol className={styles.stages} aria-label="Stages">
      {rollout.stages.map(({ position, title, state, operation }) => {
        const [tone, word] = stageWords(state)
        return (
          <li
            key={position}
            className={styles.stage}
            data-state={state}
            aria-current={position === rollout.stage && rollout.can.length > 0 ? 'step' : undefined}
          >
            <span className={styles.shape}>
              <ToneShape tone={tone} />
            </span>
            <span className={styles.words}>
              <span className={styles.title}>{title}</span>
              <span className={styles.facts}>
                <span>{word}</span>
                {operation !== undefined && (
                  <Link to="/operations/$id" params={{ id: operation }} aria-label={`Operation of stage ${position + 1}`}>
                    its operation
                  </Link>
                )}
              </span>
            </span>
          </li>
        )
      })}
    </ol>
  )
}
