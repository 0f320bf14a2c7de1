import { Button } from '@mantine/core'
import { useId } from 'react'
import { Age } from '../../components/age.js'
import { ObjectName } from '../../components/object-name.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { QueryView } from '../../components/query-view.js'
import { RequestProblem } from '../../components/request-problem.js'
import { Section } from '../../components/section.js'
import { SimulatedChip } from '../../components/simulated-chip.js'
import { StatePicture } from '../../components/state-picture.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import { useLastReport, useRunChecks } from './checks-api.js'
import styles from './health-report.module.css'

type Finding = Schema<'Finding'>

const groups: readonly (readonly [severity: Finding['severity'], title: string, tone: Tone])[] = [
  ['error', 'Does not work', 'bad'],
  ['warning', 'May stop working, or could not be seen', 'warn'],
  ['info', 'Is well', 'ok'],
]

interface HealthReportProps {
  installation: Schema<'Installation'>
  /** "Istio on lab". */
  title: string
}

/**
 * What the last look at an installation found, worst first, and the button for the next look.
 * Never looked at is a state of its own: nothing is said to be well that nobody looked at.
 */
export function HealthReport({ installation, title }: HealthReportProps) {
  const report = useLastReport(installation.id)
  const run = useRunChecks(installation.id)
  const button = (
    <Button variant="default" loading={run.isPending} onClick={() => run.mutate()}>
      {'Check now'}
    </Button>
  )
  return (
    <Section title={`Health of ${title}`} note={<Note installation={installation} report={report.data ?? undefined} />} actions={button}>
      {run.error !== null && <RequestProblem error={run.error} retry={() => run.mutate()} />}
      <QueryView query={report} what="the last check">
        {(data) =>
          data === null ? (
            <StatePicture state="empty" title="It was not checked yet">
              A check looks at workloads, webhooks, definitions, sidecars and certificates. It changes nothing.
            </StatePicture>
          ) : (
            <div className={styles.report}>
              {groups.map(([severity, heading, tone]) => (
                <FindingGroup
                  key={severity}
                  findings={data.findings.filter((each) => each.severity === severity)}
                  heading={heading}
                  tone={tone}
                />
              ))}
            </div>
          )
        }
      </QueryView>
    </Section>
  )
}

function Note({ installation, report }: { installation: Schema<'Installation'>; report: Schema<'CheckReport'> | undefined }) {
  return (
    <span className={styles.note}>
      {report !== undefined && (
        <span className={styles.when}>
          {'Checked '}
          <Age of={report.endedAt} suffix=" ago" />
        </span>
      )}
      {installation.simulated && <SimulatedChip />}
    </span>
  )
}

function FindingGroup({ findings, heading, tone }: { findings: readonly Finding[]; heading: string; tone: Tone }) {
  const id = useId()
  if (findings.length === 0) return null
  return (
    <div className={styles.group}>
      <h3 id={id} className={styles.heading}>
        {heading}
      </h3>
      <ul className={styles.list} aria-labelledby={id}>
        {findings.map((finding) => (
          <li key={JSON.stringify(finding)} data-finding={finding.code}>
            <FindingLine finding={finding} tone={tone} />
          </li>
        ))}
      </ul>
    </div>
  )
}

// Good news needs no box.
function FindingLine({ finding, tone }: { finding: Finding; tone: Tone }) {
  if (finding.severity !== 'info') {
    return (
      <ProblemPanel tone={tone} problem={{ ...finding, title: finding.message }}>
        {finding.object && <ObjectName object={finding.object} />}
      </ProblemPanel>
    )
  }
  const text = [finding.message, finding.cause, finding.remedy].filter(Boolean).join(' ')
  return (
    <StatusMark tone={finding.code === 'not-simulated' ? 'idle' : 'ok'} quiet>
      <span className={styles.info}>{text}</span>
    </StatusMark>
  )
}
