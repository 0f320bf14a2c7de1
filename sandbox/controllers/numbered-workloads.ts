import { mapOf, numberOf } from '../json.js'
import type { KubeObject } from '../kube-object.js'
import type { Controller, ControllerContext } from './controller.js'
import { targetOfObject, typeOf } from './objects.js'
import { controlledBy, ownersOf } from './owners.js'
import { isActive, isReady } from './pod-state.js'
import { createPod, templateHash } from './pod-template.js'
import { condition, writeStatus } from './write-status.js'

const revisionLabel = 'controller-revision-hash'

/** Pods of a StatefulSet have numbers, and come one after the other. */
export const statefulSets: Controller = {
  kinds: ['StatefulSet', 'Pod'],
  reconcile(context, { object }) {
    for (const set of ownersOf(context, object, 'StatefulSet')) reconcileStateful(context, set)
  },
}

function reconcileStateful(context: ControllerContext, set: KubeObject): void {
  const { name } = set.metadata
  const wanted = numberOf(mapOf(set.spec).replicas, 1)
  const hash = templateHash(mapOf(set.spec).template)
  const pods = controlledBy(context, set, 'Pod')
  const names = Array.from({ length: wanted }, (_, index) => `${name}-${index}`)
  const missing = names.find((one) => !pods.some(({ metadata }) => metadata.name === one))
  // One at a time: the next when all before it are ready.
  if (missing && pods.every(isReady)) {
    createPod(context, set, { name: { name: missing }, labels: { [revisionLabel]: hash, 'statefulset.kubernetes.io/pod-name': missing } })
  }
  const outdated = pods.filter(
    (pod) => isActive(pod) && (!names.includes(pod.metadata.name) || pod.metadata.labels?.[revisionLabel] !== hash),
  )
  const last = outdated.at(-1)
  if (last && !missing) context.writer.delete(targetOfObject(typeOf('Pod'), last))
  const kept = controlledBy(context, set, 'Pod').filter(isActive)
  const ready = kept.filter(isReady).length
  writeStatus(context, set, {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: kept.length,
    ...(ready > 0 ? { readyReplicas: ready } : {}),
    availableReplicas: ready,
    currentReplicas: kept.length,
    updatedReplicas: kept.filter(({ metadata }) => metadata.labels?.[revisionLabel] === hash).length,
    currentRevision: `${name}-${hash}`,
    updateRevision: `${name}-${hash}`,
    collisionCount: 0,
  })
}

/** One pod of a DaemonSet on each node. */
export const daemonSets: Controller = {
  kinds: ['DaemonSet', 'Pod'],
  reconcile(context, { object }) {
    for (const set of ownersOf(context, object, 'DaemonSet')) reconcileDaemons(context, set)
  },
}

function reconcileDaemons(context: ControllerContext, set: KubeObject): void {
  const hash = templateHash(mapOf(set.spec).template)
  const nodes = context.store.list(typeOf('Node')).length
  const pods = controlledBy(context, set, 'Pod').filter(isActive)
  const updated = pods.filter(({ metadata }) => metadata.labels?.[revisionLabel] === hash)
  for (const pod of pods) if (!updated.includes(pod)) context.writer.delete(targetOfObject(typeOf('Pod'), pod))
  for (let missing = nodes - pods.length; missing > 0; missing -= 1) {
    createPod(context, set, { name: { generateName: `${set.metadata.name}-` }, labels: { [revisionLabel]: hash } })
  }
  const kept = controlledBy(context, set, 'Pod').filter(isActive)
  const ready = kept.filter(isReady).length
  writeStatus(context, set, {
    observedGeneration: set.metadata.generation ?? 1,
    currentNumberScheduled: kept.length,
    desiredNumberScheduled: nodes,
    numberMisscheduled: 0,
    numberReady: ready,
    updatedNumberScheduled: kept.length,
    ...(ready > 0 ? { numberAvailable: ready } : {}),
    ...(ready < nodes ? { numberUnavailable: nodes - ready } : {}),
  })
}

/** Runs the pods of a Job until enough of them have ended well. */
export const jobs: Controller = {
  kinds: ['Job', 'Pod'],
  reconcile(context, { object }) {
    for (const job of ownersOf(context, object, 'Job')) reconcileJob(context, job)
  },
}

function reconcileJob(context: ControllerContext, job: KubeObject): void {
  const { completions, parallelism } = mapOf(job.spec)
  const wanted = numberOf(completions, 1)
  const pods = controlledBy(context, job, 'Pod')
  const succeeded = pods.filter(({ status }) => mapOf(status).phase === 'Succeeded').length
  const active = pods.filter(isActive).length
  const missing = Math.min(numberOf(parallelism, 1), wanted - succeeded) - active
  for (let count = 0; count < missing; count += 1) {
    createPod(context, job, {
      name: { generateName: `${job.metadata.name}-` },
      labels: { 'job-name': job.metadata.name, 'batch.kubernetes.io/job-name': job.metadata.name },
    })
  }
  const isDone = succeeded >= wanted
  const complete = { type: 'Complete', status: true, reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' }
  const startTime = mapOf(job.status).startTime ?? context.time()
  writeStatus(context, job, {
    startTime,
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(isDone
      ? { completionTime: mapOf(job.status).completionTime ?? context.time(), conditions: [condition(context, job, complete)] }
      : { active: Math.max(active, missing) }),
  })
}
