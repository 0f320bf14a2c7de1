import type { Schema } from '../../lib/schema.js'
import { type Parameter, parametersOf } from './parameter-schema.js'
import { readYamlMapping } from './read-yaml.js'

/** What a user has typed into the start dialog; everything is text until it is turned into a request. */
export interface ActionForm {
  cluster: string
  version: string
  namespace: string
  installation: string
  components: Record<string, ComponentForm>
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
  /** The installation whose button was pressed. */
  installation: string | undefined
}

/** Whether an action makes a new installation (and so asks for a version) or acts on one that is there. */
export function makesInstallation({ action, versions }: ActionChoice): boolean {
  return action.category === 'install' && versions.length > 0
}

/** Whether a version is asked for: that of a new installation, or the one that an upgrade leads to. */
export function asksVersion({ action, versions }: ActionChoice): boolean {
  return (action.category === 'install' || action.category === 'upgrade') && versions.length > 0
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
    version: version?.version ?? '',
    namespace: version?.components[0]?.defaultNamespace ?? '',
    installation: makesInstallation(choice) ? '' : (installation?.id ?? ''),
    components: Object.fromEntries(
      (version?.components ?? []).map((each) => [each.component, { enabled: !each.optional, namespace: '', values: '' }]),
    ),
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
  const params = presentParams(choice, form.params)
  const target = { cluster: form.cluster, mesh, action: action.action, ...(Object.keys(params).length > 0 && { params }) }
  if (makesInstallation(choice)) {
    const read = readComponents(choice, form)
    if ('errors' in read) return read
    const parts = asksNamespace(choice) ? { namespace: form.namespace, components: read.components } : {}
    return { request: { ...target, version: form.version, ...parts } }
  }
  const installation = choice.installations.find((each) => each.id === form.installation)
  return {
    request: {
      ...target,
      ...(asksVersion(choice) && { version: form.version }),
      ...(installation && targetOf(installation)),
    },
  }
}

// The installation without a revision is called "default", which is no revision to ask for.
function targetOf({ id, namespace, revision }: Schema<'Installation'>) {
  return { installation: id, ...(namespace !== '' && { namespace }), ...(revision !== 'default' && { revision }) }
}

type Components = NonNullable<Schema<'ActionRequest'>['components']>

// Components that are not optional are named too: so the request says in full what is wanted.
function readComponents(choice: ActionChoice, form: ActionForm): { components: Components } | { errors: Record<string, string> } {
  const components: Components = {}
  const errors: Record<string, string> = {}
  const version = choice.versions.find((each) => each.version === form.version)
  for (const { component, optional } of version?.components ?? []) {
    const asked = form.components[component]
    if (asked === undefined) continue
    const read = readYamlMapping(asked.values)
    if ('error' in read) errors[component] = read.error
    else {
      components[component] = {
        ...(optional && { enabled: asked.enabled }),
        ...(asked.namespace !== '' && { namespace: asked.namespace }),
        ...(Object.keys(read.values).length > 0 && { values: jsonValues(read.values) }),
      }
    }
  }
  return Object.keys(errors).length > 0 ? { errors } : { components }
}

// openapi-typescript cannot name the recursive type "any JSON"; what YAML gives is JSON.
function jsonValues(values: Record<string, unknown>) {
  return values as NonNullable<Components[string]['values']>
}

// An empty field means "as the action has it", which is not the same as an empty text.
function presentParams({ action }: ActionChoice, params: ActionForm['params']): NonNullable<Schema<'ActionRequest'>['params']> {
  const kinds = new Map(parametersOf(action.parametersSchema).map(({ key, kind }) => [key, kind]))
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
