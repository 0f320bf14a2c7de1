import { z } from 'zod'
import type { KubeObject } from '../../kube/kube-object.js'
import { AdapterError } from '../runtime/adapter-error.js'
import { applyStep } from '../runtime/apply-step.js'
import { deleteStep } from '../runtime/delete-step.js'
import { readManifests, refOf, sortForApply, sortForDelete } from '../runtime/manifests.js'
import type { Action, Call, Scene, Step } from '../runtime/mesh-adapter.js'
import { waitStep } from '../runtime/wait-step.js'

const Params = z.object({
  manifests: z.string(),
  wait: z.boolean().default(true),
  force: z.boolean().default(false),
  timeoutSeconds: z.number().default(300),
})

const manifestsField = {
  type: 'string',
  minLength: 1,
  maxLength: 900_000,
  title: 'Manifests',
  description: 'Kubernetes objects as YAML.',
  'x-editor': 'yaml',
}
const timeoutField = { type: 'integer', minimum: 5, maximum: 3600, default: 300, title: 'Wait at most (seconds)' }

function schemaOf(properties: Record<string, unknown>) {
  const params = { type: 'object', additionalProperties: false, required: ['manifests'], properties }
  return { type: 'object', additionalProperties: false, required: ['params'], properties: { params } }
}

/** Applies objects by server-side apply; new kinds and namespaces come before what needs them. */
export const applyManifests: Action = {
  key: 'apply-manifests',
  title: 'Apply manifests',
  category: 'configure',
  scope: 'cluster',
  destructive: false,
  requires: [],
  parametersSchema: schemaOf({
    manifests: manifestsField,
    wait: { type: 'boolean', default: true, title: 'Wait until workloads are ready' },
    force: { type: 'boolean', default: false, title: 'Take over fields that other tools own' },
    timeoutSeconds: timeoutField,
  }),
  prepare: async (call, scene) => {
    const params = Params.parse(call.parameters.params)
    const objects = await placeObjects(sortForApply(readManifests(params.manifests)), call, scene)
    const { definitions, others } = splitDefinitions(objects)
    const timeoutMs = params.timeoutSeconds * 1000
    const equivalent = 'kubectl apply --server-side --field-manager=meshwright -f manifests.yaml'
    const apply = (key: string, title: string, some: KubeObject[]): Step[] =>
      some.length === 0 ? [] : [applyStep(scene, { key, title, component: 'manifests', objects: some, force: params.force, equivalent })]
    const wait = (key: string, title: string, some: KubeObject[]): Step[] =>
      some.length === 0 ? [] : [waitStep(scene, { key, title, component: 'manifests', objects: some, timeoutMs })]
    const steps = [
      ...apply('apply-definitions', `Apply ${count(definitions, 'namespace or definition', 'namespaces and definitions')}`, definitions),
      // The kinds of the other objects exist only once these are served.
      ...wait(
        'wait-definitions',
        'Wait until the new kinds are served',
        definitions.filter(({ kind }) => kind === 'CustomResourceDefinition'),
      ),
      ...apply('apply-objects', `Apply ${count(others, 'object', 'objects')}`, others),
      ...wait('wait-ready', 'Wait until the workloads are ready', params.wait ? others.filter(isWorkload) : []),
    ]
    return { steps, findings: [], confirmations: [], leftovers: [], inputs: objects.map(refOf) }
  },
}

/** Deletes the named objects in the reverse order and waits until they are gone; grave losses need a confirmation. */
export const deleteManifests: Action = {
  key: 'delete-manifests',
  title: 'Delete manifests',
  category: 'configure',
  scope: 'cluster',
  destructive: true,
  requires: [],
  parametersSchema: schemaOf({ manifests: manifestsField, timeoutSeconds: timeoutField }),
  prepare: async (call, scene) => {
    const params = Params.parse(call.parameters.params)
    const objects = await placeObjects(sortForDelete(readManifests(params.manifests)), call, scene)
    const step = deleteStep(scene, {
      key: 'delete-objects',
      title: `Delete ${count(objects, 'object', 'objects')}`,
      component: 'manifests',
      objects,
      timeoutMs: params.timeoutSeconds * 1000,
      equivalent: 'kubectl delete --ignore-not-found -f manifests.yaml',
    })
    return { steps: [step], findings: [], confirmations: whatIsLost(objects), leftovers: [], inputs: objects.map(refOf) }
  },
}

/** Puts objects without a namespace into the target's, as kubectl does; cluster-scoped ones must not carry one. */
async function placeObjects(objects: KubeObject[], { target }: Call, { session }: Scene): Promise<KubeObject[]> {
  if (objects.length === 0)
    throw new AdapterError('invalid-parameters', 'The manifests hold no object.', { remedy: 'Give at least one object.' })
  const fallback = target.namespace || 'default'
  return Promise.all(
    objects.map(async (object) => {
      const { namespace, managedFields: _managed, ...metadata } = object.metadata
      const resource = await session.resource(object)
      // A kind that a CRD of the same manifests brings is not served yet: its namespace is taken as it is written.
      const place = resource === undefined ? namespace : resource.namespaced ? (namespace ?? fallback) : undefined
      return { ...object, metadata: { ...metadata, ...(place === undefined ? {} : { namespace: place }) } }
    }),
  )
}

function splitDefinitions(objects: KubeObject[]): { definitions: KubeObject[]; others: KubeObject[] } {
  const isDefinition = ({ kind }: KubeObject) => kind === 'Namespace' || kind === 'CustomResourceDefinition'
  return { definitions: objects.filter(isDefinition), others: objects.filter((object) => !isDefinition(object)) }
}

function isWorkload({ kind }: KubeObject): boolean {
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod'].includes(kind)
}

function whatIsLost(objects: KubeObject[]) {
  const grave = objects.filter(({ kind }) => ['Namespace', 'CustomResourceDefinition', 'PersistentVolumeClaim'].includes(kind))
  if (grave.length === 0) return []
  const names = grave.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(', ')
  const text = `Deleting ${names} also deletes everything in it: all objects of the namespace, all custom resources of the definition, the data of the volume.`
  return [{ code: 'contents-lost', text, destructive: true, objects: grave.map(refOf) }]
}

function count({ length }: KubeObject[], one: string, many: string): string {
  return `${length} ${length === 1 ? one : many}`
}
