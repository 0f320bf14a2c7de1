import { parseDocument } from 'yaml'

/** Values, or why the text is not a YAML mapping, with line and column as the parser saw them. */
export type ReadYaml = { values: Record<string, unknown> } | { error: string }

/** Reads a YAML mapping. Empty text is an empty mapping. */
export function readYamlMapping(text: string): ReadYaml {
  const document = parseDocument(text, { prettyErrors: true })
  const problem = document.errors[0]
  if (problem) return { error: problem.message.split('\n')[0]?.replace(/:$/, '') ?? 'This is not YAML' }
  const values: unknown = document.toJS({ maxAliasCount: 20 })
  if (values === null || values === undefined) return { values: {} }
  return isMapping(values) ? { values } : { error: 'This must be a mapping: lines of the form "name: value"' }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
