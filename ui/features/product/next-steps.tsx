import { Section } from '../../components/section.js'
import styles from './next-steps.module.css'

const steps = [
  ['Connect a cluster', 'Choose a context, or upload a kubeconfig.'],
  ['Check it', 'Reach, sign-in, permissions and version, each with the next step when something is missing.'],
  ['See what is there', 'Meshes that are installed already are found by themselves, whoever installed them.'],
  ['Plan an installation', 'Every object and every finding, before anything changes.'],
  ['Watch it run', 'Step by step, with its log. Cancel it, resume it after an interruption, plan it again after a failure.'],
] as const

/**
 * The way from nothing to a running mesh; the step that is next stands out.
 * It lists what the page can do and asks for nothing; every step can be skipped.
 */
export function NextSteps({ connected }: { connected: boolean }) {
  return (
    <Section title="What comes next" padded>
      <ol className={styles.steps}>
        {steps.map(([title, text], index) => (
          <li
            key={title}
            className={styles.step}
            aria-current={index === (connected ? 1 : 0) ? 'step' : undefined}
            data-done={connected && index === 0}
          >
            <strong>{title}</strong>
            <span>{text}</span>
          </li>
        ))}
      </ol>
    </Section>
  )
}
