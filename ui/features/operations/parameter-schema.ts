/** One parameter of an action as a form field. */
export interface Parameter {
  key: string
  title: string
  description: string | undefined
  /**
   * `names`: a list of short texts, typed with commas between them; `several`: a list out of `choices`;
   * `lines`: a text of many lines, such as YAML or PEM; `installation`: the id of one of the same mesh.
   */
  kind: 'text' | 'lines' | 'installation' | 'number' | 'boolean' | 'choice' | 'several' | 'names'
  choices: string[]
  initial: string | boolean | undefined
  required: boolean
}

/** The parameters that an action's JSON Schema describes below `params` or `images`; what a form cannot show is left to the API. */
export function parametersOf(schema: unknown, below: 'params' | 'images'): Parameter[] {
  const params = at(at(schema, 'properties'), below)
  const required = at(params, 'required')
  return Object.entries(mapping(at(params, 'properties'))).flatMap(([key, property]) => {
    const kind = kindOf(property)
    if (kind === undefined) return []
    const initial = at(property, 'default')
    return {
      key,
      kind,
      title: textAt(property, 'title') ?? `${key[0]?.toUpperCase() ?? ''}${key.slice(1)}`,
      description: textAt(property, 'description'),
      choices: [...list(at(property, 'enum')), ...list(at(at(property, 'items'), 'enum'))].map(String),
      initial: typeof initial === 'boolean' ? initial : initial === undefined ? undefined : String(initial),
      required: list(required).includes(key),
    }
  })
}

/** One value of a component's chart as a form field over its YAML. */
export interface FormField {
  path: string[]
  title: string
  description: string
  type: 'integer' | 'number' | 'boolean' | 'text'
  choices: string[]
  /** The chart's own, as text; missing where it has none. */
  initial: string | undefined
  minimum: number | undefined
  maximum: number | undefined
  /** Values that are set with it when it is turned on. */
  also: Record<string, unknown>
}

/** The values of a component that matter most, as the action's JSON Schema names them (`x-form`). */
export function formOf(schema: unknown, component: string): FormField[] {
  const components = at(at(at(schema, 'properties'), 'components'), 'properties')
  const values = at(at(at(components, component), 'properties'), 'values')
  return list(at(values, 'x-form')).flatMap((field) => {
    const path = textAt(field, 'path')
    const type = formTypes.find((each) => each === at(field, 'type'))
    if (path === undefined || type === undefined) return []
    const initial = at(field, 'default')
    return {
      ...{ path: path.split('.'), type, title: textAt(field, 'title') ?? path, description: textAt(field, 'description') ?? '' },
      choices: list(at(field, 'choices')).map(String),
      initial: initial === undefined ? undefined : String(initial),
      ...{ minimum: numberAt(field, 'minimum'), maximum: numberAt(field, 'maximum') },
      also: mapping(at(field, 'also')),
    }
  })
}

const formTypes = ['integer', 'number', 'boolean', 'text'] as const

/** What an action asks of a mesh's components: where each goes and its values, changes of the values that they have, or nothing. */
export function componentsAsk(schema: unknown): 'placement' | 'changes' | undefined {
  const components = Object.values(mapping(at(at(at(schema, 'properties'), 'components'), 'properties')))
  if (components.length === 0) return undefined
  return components.some((component) => at(at(component, 'properties'), 'enabled') !== undefined) ? 'placement' : 'changes'
}

function kindOf(property: unknown): Parameter['kind'] | undefined {
  if (list(at(property, 'enum')).length > 0) return 'choice'
  const type = at(property, 'type')
  if (type === 'boolean') return 'boolean'
  if (type === 'array') return kindOfList(at(property, 'items'))
  if (type === 'integer' || type === 'number') return 'number'
  if (type !== 'string') return undefined
  if (at(property, 'x-installation-address') !== undefined) return 'installation'
  return at(property, 'x-editor') === 'yaml' ? 'lines' : 'text'
}

function kindOfList(items: unknown): Parameter['kind'] | undefined {
  if (list(at(items, 'enum')).length > 0) return 'several'
  return at(items, 'type') === 'string' ? 'names' : undefined
}

function at(value: unknown, key: string): unknown {
  return mapping(value)[key]
}

function textAt(value: unknown, key: string): string | undefined {
  const text = at(value, key)
  return typeof text === 'string' ? text : undefined
}

function numberAt(value: unknown, key: string): number | undefined {
  const number = at(value, key)
  return typeof number === 'number' ? number : undefined
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

// A JSON Schema from the wire is any JSON; what is not an object has no members.
function mapping(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {}
}
