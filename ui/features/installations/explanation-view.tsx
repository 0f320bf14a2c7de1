import { ProblemPanel } from '../../components/problem-panel.js'
import { SimulatedChip } from '../../components/simulated-chip.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import styles from './explanation-view.module.css'

type Explanation = Schema<'Explanation'>
type Reason = Explanation['reasons'][number]

const tones: Record<Explanation['verdict'], Tone> = { 'in-mesh': 'ok', 'not-in-mesh': 'idle', 'after-restart': 'warn', refused: 'bad' }

/** The verdict, then the reasons in the order in which Kubernetes decides; only what needs doing stands in a box. */
export function ExplanationView({ explanation }: { explanation: Explanation }) {
  const { verdict, summary, reasons, simulated } = explanation
  return (
    <div className={styles.report} data-verdict={verdict}>
      <StatusMark tone={tones[verdict]}>{summary}</StatusMark>
      {simulated && <SimulatedChip />}
      <ol className={styles.list} aria-label="Reasons">
        {reasons.map((reason) => (
          <li key={JSON.stringify(reason)} data-reason={reason.code}>
            <ReasonLine reason={reason} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function ReasonLine({ reason }: { reason: Reason }) {
  if (reason.severity !== 'info') {
    return <ProblemPanel tone={reason.severity === 'error' ? 'bad' : 'warn'} problem={{ ...reason, title: reason.message }} />
  }
  const more = [reason.cause, reason.remedy].filter(Boolean).join(' ')
  return (
    <>
      <span className={styles.message}>{reason.message}</span>
      {more !== '' && <p className={styles.more}>{more}</p>}
    </>
  )
}
