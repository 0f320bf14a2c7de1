import { ProblemPanel } from '../../components/problem-panel.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import { formatDuration } from '../../lib/format-time.js'
import type { Schema } from '../../lib/schema.js'
import styles from './cluster-checks.module.css'

type Check = Schema<'ClusterCheck'>

const names: Record<Check['check'], string> = { reach: 'Reach', auth: 'Sign-in', permissions: 'Permissions', version: 'Version' }
const results: Record<Check['result'], readonly [Tone, string]> = {
  ok: ['ok', 'Ok'],
  warning: ['warn', 'Warning'],
  failed: ['bad', 'Failed'],
  skipped: ['idle', 'Skipped'],
}

/**
 * The four checks in order; a check that is not ok says why and what to do.
 * What could not be looked at because of an earlier failure is skipped, which is not the same as failed.
 */
export function ClusterChecks({ report }: { report: Schema<'ClusterCheckReport'> }) {
  return (
    <ol className={styles.checks} aria-label="Results of the check">
      {report.checks.map((check) => (
        <li key={check.check} className={styles.check} data-check={check.check} data-result={check.result}>
          <span className={styles.name}>{names[check.check]}</span>
          <span>
            <StatusMark tone={results[check.result][0]}>{results[check.result][1]}</StatusMark>
          </span>
          <CheckText check={check} />
          <span className={styles.time}>{check.result === 'skipped' ? '' : duration(check.durationMs)}</span>
        </li>
      ))}
    </ol>
  )
}

function CheckText({ check }: { check: Check }) {
  if (check.cause === undefined && check.remedy === undefined) return <span className={styles.message}>{check.message}</span>
  return (
    <div className={styles.message}>
      <ProblemPanel tone={results[check.result][0]} problem={{ title: check.message, cause: check.cause, remedy: check.remedy }} />
    </div>
  )
}

function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : formatDuration(ms)
}
