import { Button } from '@mantine/core'
import { RequestProblem } from '../../components/request-problem.js'
import type { Schema } from '../../lib/schema.js'
import styles from './plan-view.module.css'
import { useExportPlan } from './plans-api.js'

const formats = [
  { format: 'helm', label: 'Helm script' },
  { format: 'argo-cd', label: 'Argo CD' },
  { format: 'flux', label: 'Flux' },
] as const

/** The releases of a plan as a file for another tool. Nothing is started by it, and nothing here remembers it. */
export function PlanExport({ plan }: { plan: Schema<'Plan'> }) {
  const download = useExportPlan(plan.id)
  const secrets = plan.steps.some(({ release }) => release !== undefined && release.withheld.length > 0)
  return (
    <div className={styles.part}>
      <h3 className={styles.heading}>Hand it to another tool</h3>
      <div className={styles.exports}>
        {formats.map(({ format, label }) => (
          <Button
            key={format}
            size="xs"
            variant="default"
            loading={download.isPending && download.variables === format}
            onClick={() => download.mutate(format)}
          >
            {label}
          </Button>
        ))}
        <p className={styles.hooks}>
          A file with the same charts, versions and values. {secrets && 'Secret values are left out, and the file says where they go.'}
        </p>
      </div>
      {download.error !== null && <RequestProblem error={download.error} />}
    </div>
  )
}
