import { withholdSecrets } from '../../installers/withhold-secrets.js'
import type { PlannedRelease } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ReleaseSpec } from './render-chart.js'

/** The release of a helm step as a plan tells it; `before` are the values that it has now. No secret of either leaves us. */
export function plannedRelease(
  { release, namespace, chart, values }: ReleaseSpec,
  before: Record<string, unknown> | undefined,
): PlannedRelease {
  const wanted = withholdSecrets(values)
  const now = before && withholdSecrets(before)
  return {
    name: release,
    namespace,
    chart: chart.chart,
    chartVersion: chart.version,
    repository: chart.repository,
    valuesJson: JSON.stringify(wanted.values),
    valuesBeforeJson: now ? JSON.stringify(now.values) : '',
    withheld: wanted.withheld,
  }
}
