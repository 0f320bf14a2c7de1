import { listOf, mapOf } from '../json.js'
import { type KubeObject, namespaceOf } from '../kube-object.js'
import { builtInTypes, type ResourceType } from '../resource-types.js'
import type { Target } from '../writes/target.js'
import { type ControllerContext, controllerManager } from './controller.js'

const typesByKind = new Map(builtInTypes.map((type) => [type.kind, type]))

/** A built-in kind by its name. */
export function typeOf(kind: string): ResourceType {
  const type = typesByKind.get(kind)
  if (!type) throw new Error(`no built-in kind ${kind}`)
  return type
}

export function targetOfObject(resource: ResourceType, object: KubeObject): Target {
  return { resource, namespace: namespaceOf(object), name: object.metadata.name }
}

/** The object as it is now; undefined when it has gone or is another one of the same name. */
export function current({ store }: ControllerContext, resource: ResourceType, object: KubeObject): KubeObject | undefined {
  const live = store.get(resource, namespaceOf(object), object.metadata.name)
  return live?.metadata.uid === object.metadata.uid ? live : undefined
}

/** Objects of a kind that this one controls. */
export function controlledBy({ store }: ControllerContext, owner: KubeObject, kind: string): KubeObject[] {
  return store
    .list(typeOf(kind), namespaceOf(owner))
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid, controller }) => uid === owner.metadata.uid && controller === true))
}

/** Writes the status of an object, unless it says the same already. */
export function writeStatus({ writer }: ControllerContext, object: KubeObject, status: KubeObject['status']): void {
  const resource = typeOf(object.kind)
  const { resourceVersion: _any, ...metadata } = object.metadata
  const next = { ...object, metadata, status: status ?? {} }
  writer.update(targetOfObject(resource, object), next, { manager: controllerManager, subresource: 'status' })
}

/** A condition whose time moves only when its status does. */
export function condition(
  context: ControllerContext,
  object: KubeObject,
  { type, status, reason, message }: { type: string; status: boolean; reason: string; message: string },
) {
  const value = status ? 'True' : 'False'
  const known = listOf(mapOf(object.status).conditions)
    .map(mapOf)
    .find((one) => one.type === type)
  const since = known?.status === value ? known.lastTransitionTime : context.time()
  return { type, status: value, reason, message, lastTransitionTime: since ?? context.time() }
}
