import { type KubeObject, namespaceOf } from '../kube-object.js'
import { builtInTypes, type ResourceType } from '../resource-types.js'
import type { Target } from '../writes/target.js'
import type { ControllerContext } from './controller.js'

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
