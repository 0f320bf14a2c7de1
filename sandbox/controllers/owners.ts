import { type KubeObject, namespaceOf } from '../kube-object.js'
import type { ControllerContext } from './controller.js'
import { current, typeOf } from './objects.js'

/** Objects of a kind that this one controls. */
export function controlledBy({ store }: ControllerContext, owner: KubeObject, kind: string): KubeObject[] {
  return store
    .list(typeOf(kind), namespaceOf(owner))
    .filter(({ metadata }) => metadata.ownerReferences?.some(({ uid, controller }) => uid === owner.metadata.uid && controller === true))
}

/** The object itself when it is of that kind, and else its controller. */
export function ownersOf(context: ControllerContext, object: KubeObject, kind: string): KubeObject[] {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller === true && one.kind === kind)
  const found = object.kind === kind ? current(context, typeOf(kind), object) : owner && byReference(context, object, owner)
  return found && found.metadata.deletionTimestamp === undefined ? [found] : []
}

function byReference({ store }: ControllerContext, object: KubeObject, { kind, name, uid }: { kind: string; name: string; uid: string }) {
  const found = store.get(typeOf(kind), object.metadata.namespace ?? '', name)
  return found?.metadata.uid === uid ? found : undefined
}
