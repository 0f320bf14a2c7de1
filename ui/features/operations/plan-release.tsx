import { DiffView } from '../../components/diff-view.js'
import type { Schema } from '../../lib/schema.js'
import styles from './plan-view.module.css'

/**
 * What a step brings about, folded away: the chart, and its values. Of a release that is there, only what changes of them
 * is shown, because that is what an upgrade does.
 */
export function PlanRelease({ release }: { release: Schema<'PlannedRelease'> }) {
  const { name, namespace, chart, chartVersion, repository, withheld } = release
  return (
    <details className={styles.release}>
      <summary>
        Release {name}: chart {chart} {chartVersion}, {valuesWord(release)}
      </summary>
      <div className={styles.inside}>
        <p className={styles.hooks}>
          In namespace {namespace}
          {repository !== undefined && `, from ${repository}`}
        </p>
        <ReleaseValues release={release} />
        {withheld.length > 0 && <p className={styles.hooks}>Secret, and shown nowhere: {withheld.join(', ')}</p>}
      </div>
    </details>
  )
}

function valuesWord({ valuesDiff }: Schema<'PlannedRelease'>): string {
  if (valuesDiff === undefined) return 'new values'
  return valuesDiff === '' ? 'values stay as they are' : 'values change'
}

// An unchanged release is shown as a whole too: somebody may look up what it has.
function ReleaseValues({ release: { name, values, valuesDiff } }: { release: Schema<'PlannedRelease'> }) {
  if (valuesDiff) return <DiffView diff={valuesDiff} label={`What changes in the values of ${name}`} />
  return <DiffView diff={values} label={`Values of ${name}`} />
}
