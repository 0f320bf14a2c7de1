import type { Catalog } from './catalog.js'

type JsonSchema = Record<string, unknown>

/** A name as DNS takes it: of namespaces, releases and revisions. */
export const label = { type: 'string', maxLength: 63, pattern: '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$' }
const changes = { type: 'object', title: 'Changed values', description: 'Merged over the values that the release has.', 'x-editor': 'yaml' }
const values = { type: 'object', title: 'Values', description: "Merged over Meshwright's values for this chart.", 'x-editor': 'yaml' }

/** `x-form`: the values that matter most, each a field over the YAML; the catalogue says what a field is (form-field.ts). */
const withForm = (schema: JsonSchema, { form }: Catalog['components'][number]) => (form.length > 0 ? { ...schema, 'x-form': form } : schema)

/** Seconds that one step may take; helm's own default. */
export const timeoutParameter = { type: 'integer', minimum: 10, maximum: 3600, default: 300, title: 'Wait at most (seconds per step)' }

/** Schema of an action that installs the catalogue's components: values per component, images, and the action's own `params`. */
export function componentsSchema({ components }: Catalog, params: JsonSchema): JsonSchema {
  const installable = components.filter((component) => component.installable)
  const named = installable.map((component) => [component.component, componentSchema(component)])
  const repeatable = installable.filter((component) => component.repeatable)
  const patterns = repeatable.map((component) => [instancesOf(component), componentSchema(component)])
  return closed({
    components: { ...closed(Object.fromEntries(named)), patternProperties: Object.fromEntries(patterns) },
    images,
    params: closed(params),
  })
}

/** Schema of an action that changes the values of what is there, and where its images come from. */
export function valuesSchema({ components }: Catalog, params: JsonSchema): JsonSchema {
  const installable = components.filter((component) => component.installable)
  const schemaOf = (component: Catalog['components'][number]) => ({
    ...closed({ values: withForm(changes, component) }),
    title: component.title,
  })
  const named = installable.map((component) => [component.component, schemaOf(component)])
  const repeatable = installable.filter((component) => component.repeatable)
  return closed({
    components: {
      ...closed(Object.fromEntries(named)),
      patternProperties: Object.fromEntries(repeatable.map((component) => [instancesOf(component), schemaOf(component)])),
    },
    images,
    params: closed(params),
  })
}

/** Schema of an action that takes no components. */
export function paramsSchema(params: JsonSchema): JsonSchema {
  return closed({ params: closed(params) })
}

/** The same, of one that brings pods whose images may come from elsewhere. */
export function imagesSchema(params: JsonSchema): JsonSchema {
  return closed({ images, params: closed(params) })
}

function componentSchema(component: Catalog['components'][number]): JsonSchema {
  const { title, optional, namespace, release } = component
  return {
    ...closed({
      enabled: { type: 'boolean', default: !optional, title: `Install the ${title}` },
      namespace: { ...label, title: 'Namespace', ...(namespace ? { default: namespace } : {}) },
      release: { ...label, title: 'Release name', default: release, maxLength: 53 },
      values: withForm(values, component),
    }),
    title,
    ...(optional ? {} : { 'x-required': true }),
  }
}

/** Names of further instances: `gateway-eu`. */
function instancesOf({ component }: Catalog['components'][number]): string {
  return `^${component}-[a-z0-9]([-a-z0-9]*[a-z0-9])?$`
}

function closed(properties: JsonSchema): JsonSchema {
  return { type: 'object', additionalProperties: false, properties }
}

const images = closed({
  registry: {
    type: 'string',
    maxLength: 300,
    title: 'Image registry',
    description: 'Holds the images by the names that the project gives them, such as registry.example:5000/mesh. Empty: as it is.',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._:/-]*$',
  },
  pullSecrets: {
    type: 'array',
    items: label,
    maxItems: 10,
    title: 'Image pull secrets',
    description: 'Names of Secrets that are in the namespace of each component before. With commas between them.',
  },
})
