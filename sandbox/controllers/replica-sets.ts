import { mapOf, numberOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import type { Controller, ControllerContext } from './controller.js'
import { targetOfObject, typeOf } from './objects.js'
import { controlledBy, ownersOf } from './owners.js'
import { isActive, isReady } from './pod-state.js'
import { createPod } from './pod-template.js'
import { writeStatus } from './write-status.js'

/** Keeps as many pods as a ReplicaSet wants. */
export const replicaSets: Controller = {
  kinds: ['ReplicaSet', 'Pod'],
  reconcile(context, { object }) {
    for (const set of ownersOf(context, object, 'ReplicaSet')) reconcileSet(context, set)
  },
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
