import type { Schema } from '../../lib/schema.js'
import { type Part, withInstances } from './component-parts.js'
import { readField } from './form-values.js'
import { componentsAsk, formOf, type Parameter, parametersOf } from './parameter-schema.js'
import { type ReadYaml, readYamlMapping } from './read-yaml.js'

/** What a user has typed into the start dialog; everything is text until it is turned into a request. */
export interface ActionForm {
  cluster: string
  version: string
  namespace: string
  /** Of a new control plane; empty: the default one. */
  revision: string
  installation: string
  components: Record<string, ComponentForm>
  images: Record<string, string | boolean>
  params: Record<string, string | boolean>
}

/** What is asked of one component; empty texts leave the default of the catalogue. */
export interface ComponentForm {
  enabled: boolean
  namespace: string
  values: string
}

/** What an action needs to be asked for: where, which action, and what is offered. */
export interface ActionChoice {
  mesh: string
  action: Schema<'MeshAction'>
  versions: readonly Schema<'MeshVersion'>[]
  installations: readonly Schema<'Installation'>[]
  /** What the mesh can do, such as several revisions beside each other. */
  features: readonly string[]
  /** The installation whose button was pressed. */
  installation: string | undefined
}

/** Whether an action makes a new installation (and so asks for a version) or acts on one that is there. */
export function makesInstallation({ action, versions }: ActionChoice): boolean {
  return action.category === 'install' && versions.length > 0
}

/** Whether a version is asked for: that of a new installation, the one that an upgrade leads to, or the one that is adopted. */
export function asksVersion({ action, versions }: ActionChoice): boolean {
  return ['install', 'upgrade', 'adopt'].includes(action.category) && versions.length > 0
}

/** Whether the version may be left to what is there: its control plane tells it mostly. */
export function readsVersion({ action }: ActionChoice): boolean {
  return action.category === 'adopt'
}

/** The components that can be told something, by the version that is chosen; of one that is read off the cluster, by the newest. */
export function componentsOf(choice: ActionChoice, { version, components }: Pick<ActionForm, 'version' | 'components'>): Part[] {
  if (componentsAsk(choice.action.parametersSchema) === undefined) return []
  const chosen = choice.versions.find((each) => each.version === version) ?? choice.versions[0]
  return withInstances(chosen?.components ?? [], Object.keys(components))
}

/** Whether a new installation may be one of several, each told by its revision. */
export function asksRevision(choice: ActionChoice): boolean {
  return makesInstallation(choice) && choice.features.includes('multi-revision')
}

/** Whether a new installation has a place: what consists of definitions alone is in the whole cluster. */
export function asksNamespace(choice: ActionChoice): boolean {
  return makesInstallation(choice) && choice.versions.some(({ components }) => components.length > 0)
}

/** The form as it opens: newest kept version that the cluster takes, the chosen installation or the first in the cluster, optional components off. */
export function initialForm(choice: ActionChoice, cluster: string): ActionForm {
  const version = choice.versions.find(isRecommended) ?? choice.versions[0]
  const here = choice.installations.filter((each) => each.cluster === cluster)
  const installation = here.find((each) => each.id === choice.installation) ?? here[0]
  return {
    cluster,
    version: readsVersion(choice) ? '' : (version?.version ?? ''),
    namespace: version?.components[0]?.defaultNamespace ?? '',
    revision: '',
    installation: makesInstallation(choice) ? '' : (installation?.id ?? ''),
    components: Object.fromEntries(
      (version?.components ?? []).map((each) => [each.component, { enabled: !each.optional, namespace: '', values: '' }]),
    ),
    images: {},
    params: {},
  }
}

function isRecommended({ newestPatch, marks }: Schema<'MeshVersion'>): boolean {
  return newestPatch && !marks.some(({ level }) => level === 'error')
}

/** The body of POST /plans, or the fields that cannot be read. */
export function requestOf(
  choice: ActionChoice,
  form: ActionForm,
): { request: Schema<'ActionRequest'> } | { errors: Record<string, string> } {
  const { mesh, action } = choice
  const present = { images: presentParams(choice, 'images', form.images), params: presentParams(choice, 'params', form.params) }
  const given = Object.fromEntries(Object.entries(present).filter(([, values]) => Object.keys(values).length > 0))
  const target = { cluster: form.cluster, mesh, action: action.action, ...given }
  const read = readComponents(choice, form)
  if ('errors' in read) return read
  const { components } = read
  if (makesInstallation(choice)) {
    const parts = asksNamespace(choice) ? { namespace: form.namespace, components } : {}
    return { request: { ...target, version: form.version, ...parts, ...(form.revision !== '' && { revision: form.revision }) } }
  }
  const installation = choice.installations.find((each) => each.id === form.installation)
  return {
    request: {
      ...target,
      ...(asksVersion(choice) && form.version !== '' && { version: form.version }),
      ...(installation && targetOf(installation)),
      ...(Object.keys(components).length > 0 && { components }),
    },
  }
}

// The installation without a revision is called "default", which is no revision to ask for.
function targetOf({ id, namespace, revision }: Schema<'Installation'>) {
  return { installation: id, ...(namespace !== '' && { namespace }), ...(revision !== 'default' && { revision }) }
}

type Components = NonNullable<Schema<'ActionRequest'>['components']>

// For what is put in place, components that are not optional are named too: so the request says in full what is wanted. Of what is there, only changes are told.
function readComponents(choice: ActionChoice, form: ActionForm): { components: Components } | { errors: Record<string, string> } {
  const components: Components = {}
  const errors: Record<string, string> = {}
  const asks = componentsAsk(choice.action.parametersSchema)
  for (const { component, base, optional } of componentsOf(choice, form)) {
    const asked = form.components[component]
    if (asked === undefined) continue
    const read = readValues(choice, base, asked.values)
    if ('error' in read) {
      errors[component] = read.error
      continue
    }
    const values = Object.keys(read.values).length > 0 ? { values: jsonValues(read.values) } : {}
    if (asks === 'placement') {
      const placed = { ...(optional && { enabled: asked.enabled }), ...(asked.namespace !== '' && { namespace: asked.namespace }) }
      components[component] = { ...placed, ...values }
    } else if ('values' in values) components[component] = values
  }
  return Object.keys(errors).length > 0 ? { errors } : { components }
}

// A value of the wrong type is told here, where it is typed, as YAML is that cannot be read.
function readValues({ action }: ActionChoice, base: string, yaml: string): ReadYaml {
  const states = formOf(action.parametersSchema, base).map((field) => readField(yaml, field))
  const error = states.find((state) => state.error !== undefined)?.error
  return error === undefined ? readYamlMapping(yaml) : { error }
}

// openapi-typescript cannot name the recursive type "any JSON"; what YAML gives is JSON.
function jsonValues(values: Record<string, unknown>) {
  return values as NonNullable<Components[string]['values']>
}

// An empty field means "as the action has it", which is not the same as an empty text.
function presentParams(
  { action }: ActionChoice,
  below: 'params' | 'images',
  params: ActionForm['params'],
): NonNullable<Schema<'ActionRequest'>['params']> {
  const kinds = new Map(parametersOf(action.parametersSchema, below).map(({ key, kind }) => [key, kind]))
  const present = Object.entries(params).filter(([, value]) => value !== '')
  return jsonValues(Object.fromEntries(present.map(([key, value]) => [key, typedValue(kinds.get(key), value)])))
}

function typedValue(kind: Parameter['kind'] | undefined, typed: string | boolean): unknown {
  if (kind === 'names' || kind === 'several') return namesIn(String(typed))
  return kind === 'number' ? Number(typed) : typed
}

function namesIn(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== '')
}
