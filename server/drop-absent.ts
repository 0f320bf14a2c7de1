type Present<Fields> = { [Key in keyof Fields]?: Exclude<Fields[Key], undefined | null> }

/** The fields that have a value: on the wire an absent field is left out, never null. An empty text counts as absent. */
export function dropAbsent<Fields extends Record<string, unknown>>(fields: Fields): Present<Fields> {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return Object.fromEntries(entries) as Present<Fields>
}
