/** A selector as objects of the API carry it. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** Whether labels are selected; an empty selector, and none at all, selects everything. */
export function matchesLabels(selector: LabelSelector | undefined, labels: Record<string, string>): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => holds[operator]?.(labels[key], values) ?? false)
  )
}

const isIn = (value: string | undefined, values: string[]) => value !== undefined && values.includes(value)

const holds: Record<string, (value: string | undefined, values: string[]) => boolean> = {
  In: isIn,
  NotIn: (value, values) => !isIn(value, values),
  Exists: (value) => value !== undefined,
  DoesNotExist: (value) => value === undefined,
}
