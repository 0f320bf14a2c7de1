import { CommandLine } from '../../components/command-line.js'
import type { Schema } from '../../lib/schema.js'
import { PlanRelease } from './plan-release.js'
import styles from './plan-view.module.css'

/**
 * The steps in the order in which they would run, each with the command that a person would type.
 * Somebody who does not trust us with a step can see what to type instead.
 */
export function PlanSteps({ steps }: { steps: readonly Schema<'PlanStep'>[] }) {
  return (
    <div className={styles.part}>
      <h3 className={styles.heading}>Steps</h3>
      <ol className={styles.steps} aria-label="Planned steps">
        {steps.map((step) => (
          <li key={step.key} className={styles.step} data-step={step.key}>
            <div className={styles.inside}>
              <span className={styles.stepTitle}>{step.title}</span>
              {step.equivalent !== undefined && <CommandLine command={step.equivalent} />}
              {step.release !== undefined && <PlanRelease release={step.release} />}
              {step.hooks.length > 0 && (
                <span className={styles.hooks}>Hooks will run, and what they do cannot be previewed: {step.hooks.join(', ')}</span>
              )}
            </div>
          </li>
        ))}
      </ol>
    </div>
  )
}
