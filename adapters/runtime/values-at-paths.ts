type Values = Readonly<Record<string, unknown>>

/** Whether it is a mapping of a chart's values; lists and single values are none. */
export function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value at a dotted path. */
export function valueAt(values: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((inner, key) => (isValues(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), values)
}

/** Every value with its dotted path; lists and empty mappings are values. */
export function leavesOf(values: Values, prefix = ''): { path: string; value: unknown }[] {
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${prefix}${key}`
    return isValues(value) && Object.keys(value).length > 0 ? leavesOf(value, `${path}.`) : [{ path, value }]
  })
}

/**
 * Whether everything of `wanted` is so in `values`, as a chart takes them: printed they are alike as text, a whole configuration
 * may be a text of JSON, and a condition takes any text for true, "false" too.
 */
export function holds(values: unknown, wanted: unknown): boolean {
  const within = asValues(wanted)
  if (within === undefined) return wanted === false ? values === false : printed(values) === printed(wanted)
  const among = asValues(values) ?? {}
  return Object.entries(within).every(([key, value]) => holds(among[key], value))
}

/** A mapping, or the one that a text of JSON holds. */
export function asValues(value: unknown): Values | undefined {
  if (typeof value === 'string' && value.trimStart().startsWith('{')) return parsed(value)
  return isValues(value) ? value : undefined
}

function parsed(text: string): Values | undefined {
  try {
    return JSON.parse(text)
  } catch {
    // HCL, which Consul takes too: what it says is not known here.
    return undefined
  }
}

function printed(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
