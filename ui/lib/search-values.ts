/** A non-empty text of the address, or nothing: what a hand-edited address may hold is never trusted. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value)
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** One of the allowed words, or nothing. */
export function oneOf<const Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value)
}

/** The same search values without those that are undefined, so that they do not appear in the address. */
export function withoutUndefined<Search extends Record<string, unknown>>(
  search: Search,
): { [Key in keyof Search]?: Search[Key] | undefined } {
  const present: { [Key in keyof Search]?: Search[Key] | undefined } = {}
  for (const key in search) if (search[key] !== undefined) present[key] = search[key]
  return present
}
