import { listOf, mapOf, textOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import { typesOfDefinition } from '../resource-types.js'
import { definitionFinalizer } from '../writes/delete-object.js'
import { type Controller, type ControllerContext, controllerManager } from './controller.js'
import { current, targetOfObject, typeOf } from './objects.js'
import { condition, writeStatus } from './write-status.js'

/** Says that a definition is served, and takes its objects with it when it is deleted. */
export const definitions: Controller = {
  kinds: [],
  reconcile(context, { type, object, resource }) {
    if (type === 'DELETED' && resource.custom) return afterInstance(context, object)
    if (resource.kind !== 'CustomResourceDefinition') return
    const live = type === 'DELETED' ? undefined : current(context, resource, object)
    if (!live) return
    if (live.metadata.deletionTimestamp !== undefined) return cleanUp(context, live)
    const conditions = [
      { type: 'NamesAccepted', status: true, reason: 'NoConflicts', message: 'no conflicts found' },
      { type: 'Established', status: true, reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' },
    ].map((one) => condition(context, live, one))
    const { names, versions } = mapOf(live.spec)
    const stored = listOf(versions)
      .map(mapOf)
      .filter(({ storage }) => storage === true)
    writeStatus(context, live, { conditions, acceptedNames: names ?? {}, storedVersions: stored.map(({ name }) => textOf(name)) })
  },
}

function afterInstance(context: ControllerContext, { apiVersion }: KubeObject): void {
  const group = apiVersion.split('/')[0]
  for (const definition of context.store.list(typeOf('CustomResourceDefinition'))) {
    if (definition.metadata.deletionTimestamp !== undefined && mapOf(definition.spec).group === group) cleanUp(context, definition)
  }
}

function cleanUp(context: ControllerContext, definition: KubeObject): void {
  const { store, writer } = context
  const [type] = typesOfDefinition(definition)
  if (type) {
    for (const object of store.list(type)) {
      if (object.metadata.deletionTimestamp === undefined) writer.delete(targetOfObject(type, object))
    }
    if (store.list(type).length > 0) return
  }
  const finalizers = (definition.metadata.finalizers ?? []).filter((name) => name !== definitionFinalizer)
  const patch = { type: 'merge' as const, body: { metadata: { finalizers } } }
  writer.patch(targetOfObject(typeOf('CustomResourceDefinition'), definition), patch, { manager: controllerManager })
}
