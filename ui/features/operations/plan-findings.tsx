import { ObjectName } from '../../components/object-name.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import styles from './plan-view.module.css'

type Finding = Schema<'Finding'>

const tones: Record<Finding['severity'], Tone> = { error: 'bad', warning: 'warn', info: 'ok' }
const order: readonly Finding['severity'][] = ['error', 'warning', 'info']

/**
 * What the preflight found, worst first, each with its cause and remedy; what is only worth knowing takes one line.
 * An error refuses the plan, a warning does not.
 */
export function PlanFindings({ findings }: { findings: readonly Finding[] }) {
  if (findings.length === 0) return null
  // Each component checks for itself; what three of them found alike is one thing to do.
  const distinct = [...new Map(findings.map((each) => [JSON.stringify(each), each])).values()]
  const sorted = order.flatMap((severity) => distinct.filter((each) => each.severity === severity))
  return (
    <div className={styles.part}>
      <h3 className={styles.heading}>Preflight</h3>
      <ul className={styles.list}>
        {sorted.map((finding) => (
          <li key={JSON.stringify(finding)} data-finding={finding.code}>
            <FindingText finding={finding} />
          </li>
        ))}
      </ul>
    </div>
  )
}

// Good news needs no box.
function FindingText({ finding }: { finding: Finding }) {
  if (finding.severity === 'info' && finding.remedy === undefined) {
    return (
      <StatusMark tone="ok" quiet>
        <span className={styles.info}>{finding.cause === undefined ? finding.message : `${finding.message}: ${finding.cause}`}</span>
      </StatusMark>
    )
  }
  return (
    <ProblemPanel tone={tones[finding.severity]} problem={{ ...finding, title: finding.message }}>
      {finding.object && <ObjectName object={finding.object} />}
    </ProblemPanel>
  )
}
