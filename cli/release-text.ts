import type { PlannedRelease } from '../contract/plan.js'

/** `Release istiod in istio-system: chart istiod 1.30.3`, with what is not shown of it. */
export function describeRelease({ name, namespace, chart, chartVersion, withheld }: PlannedRelease): string {
  const secret = withheld.length > 0 ? `; secret, not shown: ${withheld.join(', ')}` : ''
  return `Release ${name} in ${namespace}: chart ${chart} ${chartVersion}${secret}`
}

/** What changes of its values where the release is there, else all of them; empty when nothing changes. */
export function shownValues({ values, valuesDiff }: PlannedRelease): { language: 'yaml' | 'diff'; text: string } {
  if (valuesDiff === undefined) return { language: 'yaml', text: values }
  // Without the lines that name two files.
  return { language: 'diff', text: valuesDiff.slice(Math.max(0, valuesDiff.indexOf('@@'))) }
}
