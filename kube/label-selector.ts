/** A selector as objects of the API carry it. */
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** Whether labels are selected; an empty selector, and none at all, selects everything. */
export function matchesLabels(selector: LabelSelector | undefined, labels: Record<string, string>): boolean {
  return unmetTerm(selector, { labels, of: 'the object' }) === undefined
}

/** The first term that does not hold, in words: "label istio-injection is not set on namespace shop". Undefined when all hold. */
export function unmetTerm(
  selector: LabelSelector | undefined,
  { labels, of }: { labels: Record<string, string>; of: string },
): string | undefined {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In', values: [value] })),
    ...matchExpressions.map(({ values = [], ...term }) => ({ ...term, values })),
  ]
  for (const { key, operator, values } of terms) {
    const value = labels[key]
    if (rules[operator]?.holds(value, values)) continue
    const wanted = rules[operator]?.wanted(values) ?? `the operator ${operator} is not known`
    return value === undefined ? `label ${key} is not set on ${of}` : `label ${key} is "${value}" on ${of}, and ${wanted}`
  }
  return undefined
}

interface Rule {
  holds(value: string | undefined, values: readonly string[]): boolean
  /** What is asked of a label that is set, as the end of a sentence. */
  wanted(values: readonly string[]): string
}

const isIn = (value: string | undefined, values: readonly string[]) => value !== undefined && values.includes(value)
const quoted = (values: readonly string[]) => values.map((value) => `"${value}"`).join(' or ')

const rules: Record<string, Rule> = {
  In: { holds: isIn, wanted: (values) => `it must be ${quoted(values)}` },
  NotIn: { holds: (value, values) => !isIn(value, values), wanted: (values) => `it must not be ${quoted(values)}` },
  Exists: { holds: (value) => value !== undefined, wanted: () => 'it must be set' },
  DoesNotExist: { holds: (value) => value === undefined, wanted: () => 'it must not be set' },
}
