interface Components {
  schemas?: Record<string, object>
}

const suffix = 'Input'

/**
 * The type provider writes each schema twice, as it is sent and as it is answered. Ours hardly ever differ: one name stands
 * for both where they are alike, and what nothing refers to goes.
 */
export function mergeTwins<Document extends object>(document: Document): Document {
  const given: { components?: Components } = JSON.parse(JSON.stringify(document))
  const schemas = given.components?.schemas ?? {}
  const alike = Object.keys(schemas).filter((name) => name.endsWith(suffix) && isAlike(schemas, name))
  const rename = (text: string) =>
    alike.reduce((done, name) => done.replaceAll(reference(name), reference(name.slice(0, -suffix.length))), text)
  const merged: Document & { components?: Components } = JSON.parse(rename(JSON.stringify(document)))
  const text = JSON.stringify(merged)
  for (const name of Object.keys(merged.components?.schemas ?? {})) {
    if (name.endsWith(suffix) && !text.includes(reference(name))) delete merged.components?.schemas?.[name]
  }
  return merged
}

function isAlike(schemas: Record<string, object>, name: string): boolean {
  const plain = (schema: object | undefined) => JSON.stringify(schema)?.replaceAll(/(#\/components\/schemas\/\w+?)Input"/g, '$1"')
  return plain(schemas[name]) === plain(schemas[name.slice(0, -suffix.length)])
}

function reference(name: string): string {
  return `"#/components/schemas/${name}"`
}
