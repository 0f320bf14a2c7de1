import { type JsonMap, mapOf, numberOf } from '../json.js'
import { withAt } from '../json-parts.js'
import type { KubeObject } from '../kube-object.js'
import { type Controller, type ControllerContext, controllerManager } from './controller.js'
import { targetOfObject, typeOf } from './objects.js'
import { controlledBy, ownersOf } from './owners.js'
import { ownerReference, templateHash } from './pod-template.js'
import { condition, writeStatus } from './write-status.js'

const hashLabel = 'pod-template-hash'
const revisionAnnotation = 'deployment.kubernetes.io/revision'

/** Rolls a Deployment out: the new ReplicaSet first, the old ones when its pods are ready. */
export const deployments: Controller = {
  kinds: ['Deployment', 'ReplicaSet'],
  reconcile(context, { object }) {
    for (const deployment of ownersOf(context, object, 'Deployment')) rollOut(context, deployment)
  },
}

function rollOut(context: ControllerContext, deployment: KubeObject): void {
  const spec = mapOf(deployment.spec)
  const wanted = numberOf(spec.replicas, 1)
  const hash = templateHash(spec.template)
  const sets = controlledBy(context, deployment, 'ReplicaSet')
  const fresh =
    sets.find(({ metadata }) => metadata.labels?.[hashLabel] === hash) ??
    createSet(context, deployment, { hash, revision: sets.length + 1 })
  scale(context, fresh, wanted)
  const ready = numberOf(mapOf(fresh.status).readyReplicas, 0)
  const isDone = ready >= wanted
  for (const set of sets) if (set.metadata.uid !== fresh.metadata.uid && isDone) scale(context, set, 0)
  const all = controlledBy(context, deployment, 'ReplicaSet').map(({ status }) => mapOf(status))
  const sum = (key: string) => all.reduce((total, status) => total + numberOf(status[key], 0), 0)
  writeStatus(
    context,
    deployment,
    statusOf(context, deployment, {
      wanted,
      updated: numberOf(mapOf(fresh.status).replicas, 0),
      ready: sum('readyReplicas'),
      replicas: sum('replicas'),
    }),
  )
}

function statusOf(
  context: ControllerContext,
  deployment: KubeObject,
  counts: { wanted: number; updated: number; ready: number; replicas: number },
): JsonMap {
  const { wanted, updated, ready, replicas } = counts
  const isAvailable = ready >= wanted
  const isComplete = isAvailable && updated >= wanted && replicas === wanted
  const available = {
    type: 'Available',
    status: isAvailable,
    reason: isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: isAvailable ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  }
  const progressing = {
    type: 'Progressing',
    status: true,
    reason: isComplete ? 'NewReplicaSetAvailable' : 'ReplicaSetUpdated',
    message: `ReplicaSet of "${deployment.metadata.name}" ${isComplete ? 'has successfully progressed' : 'is progressing'}.`,
  }
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...(replicas > 0 ? { replicas } : {}),
    ...(updated > 0 ? { updatedReplicas: updated } : {}),
    ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
    ...(ready < wanted ? { unavailableReplicas: wanted - ready } : {}),
    conditions: [condition(context, deployment, available), condition(context, deployment, progressing)],
  }
}

function createSet(
  { writer }: ControllerContext,
  deployment: KubeObject,
  { hash, revision }: { hash: string; revision: number },
): KubeObject {
  const spec = mapOf(deployment.spec)
  const labels = { ...mapOf(mapOf(mapOf(spec.template).metadata).labels), [hashLabel]: hash }
  const selector = withAt(mapOf(spec.selector), 'matchLabels', { ...mapOf(mapOf(spec.selector).matchLabels), [hashLabel]: hash })
  const { name, namespace = '' } = deployment.metadata
  const set = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name: `${name}-${hash}`,
      labels,
      annotations: { [revisionAnnotation]: String(revision) },
      ownerReferences: [ownerReference(deployment)],
    },
    spec: { replicas: spec.replicas ?? 1, selector, template: withAt(mapOf(spec.template), 'metadata.labels', labels) },
  }
  return writer.create({ resource: typeOf('ReplicaSet'), namespace, name: '' }, set, { manager: controllerManager })
}

function scale({ writer }: ControllerContext, set: KubeObject, replicas: number): void {
  if (numberOf(mapOf(set.spec).replicas, 0) === replicas) return
  const patch = { type: 'merge' as const, body: { spec: { replicas } } }
  writer.patch(targetOfObject(typeOf('ReplicaSet'), set), patch, { manager: controllerManager })
}
