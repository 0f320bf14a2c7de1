import type { StoreChange } from '../change-history.js'
import type { KubeObject } from '../kube-object.js'
import type { StoredObject } from '../object-store.js'
import { type Controller, type ControllerContext, controllerManager } from './controller.js'
import { current, targetOfObject } from './objects.js'

/** Deletes what has lost its owners, and carries out the propagation that a delete asked for. */
export const garbage: Controller = {
  kinds: [],
  reconcile(context, change) {
    if (change.type === 'DELETED') return afterDelete(context, change)
    const { object, resource } = change
    const live = current(context, resource, object)
    if (!live) return
    if (live.metadata.deletionTimestamp === undefined) {
      if (isAbandoned(context, live)) context.writer.delete(targetOfObject(resource, live))
      return
    }
    if (live.metadata.finalizers?.includes('orphan')) orphan(context, { resource, object: live })
    else if (live.metadata.finalizers?.includes('foregroundDeletion')) clearForeground(context, { resource, object: live })
  },
}

function dependentsOf({ store }: ControllerContext, uid: string): StoredObject[] {
  return [...store.everything()].filter(({ object }) => object.metadata.ownerReferences?.some((owner) => owner.uid === uid))
}

function afterDelete(context: ControllerContext, { object }: StoreChange): void {
  for (const dependent of dependentsOf(context, object.metadata.uid)) {
    const live = current(context, dependent.resource, dependent.object)
    if (live && live.metadata.deletionTimestamp === undefined && isAbandoned(context, live)) {
      context.writer.delete(targetOfObject(dependent.resource, live))
    }
  }
  for (const { uid } of object.metadata.ownerReferences ?? []) {
    const owner = context.store.byUid(uid)
    if (owner?.object.metadata.finalizers?.includes('foregroundDeletion')) clearForeground(context, owner)
  }
}

/** Has owners, and none of them is there. */
function isAbandoned(context: ControllerContext, { metadata }: KubeObject): boolean {
  const owners = metadata.ownerReferences ?? []
  return owners.length > 0 && owners.every(({ uid }) => context.store.byUid(uid) === undefined)
}

function orphan(context: ControllerContext, { resource, object }: StoredObject): void {
  for (const dependent of dependentsOf(context, object.metadata.uid)) {
    const ownerReferences = (dependent.object.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== object.metadata.uid)
    const patch = { type: 'merge' as const, body: { metadata: { ownerReferences } } }
    context.writer.patch(targetOfObject(dependent.resource, dependent.object), patch, { manager: controllerManager })
  }
  removeFinalizer(context, { resource, object }, 'orphan')
}

/** Dependents first; the owner goes when none is left that blocks it. */
function clearForeground(context: ControllerContext, { resource, object }: StoredObject): void {
  const dependents = dependentsOf(context, object.metadata.uid)
  for (const { resource: kind, object: one } of dependents) {
    if (one.metadata.deletionTimestamp === undefined) context.writer.delete(targetOfObject(kind, one), { propagation: 'Foreground' })
  }
  const isBlocked = dependentsOf(context, object.metadata.uid).some(({ object: one }) =>
    one.metadata.ownerReferences?.some((owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true),
  )
  if (!isBlocked) removeFinalizer(context, { resource, object }, 'foregroundDeletion')
}

function removeFinalizer(context: ControllerContext, { resource, object }: StoredObject, name: string): void {
  const live = current(context, resource, object)
  const finalizers = (live?.metadata.finalizers ?? []).filter((one) => one !== name)
  const patch = { type: 'merge' as const, body: { metadata: { finalizers } } }
  if (live) context.writer.patch(targetOfObject(resource, live), patch, { manager: controllerManager })
}
