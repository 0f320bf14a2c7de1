/** `a, b, c and 4 more`: as many as a sentence can bear. */
export function someNames(names: readonly string[], atMost = 5): string {
  const listed = names.slice(0, atMost).join(', ')
  return names.length > atMost ? `${listed} and ${names.length - atMost} more` : listed
}
