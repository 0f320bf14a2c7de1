import { mapOf, numberOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import type { Controller, ControllerContext } from './controller.js'
import { controlledBy, current, targetOfObject, typeOf, writeStatus } from './objects.js'
import { createPod, isActive, isReady } from './pod-template.js'

/** Keeps as many pods as a ReplicaSet wants. */
export const replicaSets: Controller = {
  kinds: ['ReplicaSet', 'Pod'],
  reconcile(context, { object }) {
    for (const set of ownersOf(context, object, 'ReplicaSet')) reconcileSet(context, set)
  },
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

function reconcileSet(context: ControllerContext, set: KubeObject): void {
  const wanted = numberOf(mapOf(set.spec).replicas, 1)
  const pods = controlledBy(context, set, 'Pod').filter(isActive)
  for (let missing = wanted - pods.length; missing > 0; missing -= 1)
    createPod(context, set, { name: { generateName: `${set.metadata.name}-` } })
  // Those that are not ready go first.
  const surplus = pods.toSorted((left, right) => Number(isReady(left)) - Number(isReady(right))).slice(0, Math.max(0, pods.length - wanted))
  for (const pod of surplus) context.writer.delete(targetOfObject(typeOf('Pod'), pod))
  const kept = controlledBy(context, set, 'Pod').filter(isActive)
  const ready = kept.filter(isReady).length
  writeStatus(context, set, {
    replicas: kept.length,
    fullyLabeledReplicas: kept.length,
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    observedGeneration: set.metadata.generation ?? 1,
  })
}
