import { listOf, mapOf } from '../json.js'
import { isSame } from '../json-parts.js'
import type { KubeObject, ObjectMeta } from '../kube-object.js'
import { conflict } from '../status-error.js'
import { subjectOf, type Target } from './target.js'
import { existing, type WriteContext } from './write-context.js'

/** Holds a deleted CustomResourceDefinition until all objects of its kind have gone. */
export const definitionFinalizer = 'customresourcecleanup.apiextensions.k8s.io'

export interface DeleteOptions {
  dryRun?: boolean
  propagation?: 'Foreground' | 'Background' | 'Orphan' | undefined
  graceSeconds?: number | undefined
  uid?: string | undefined
  resourceVersion?: string | undefined
}

/**
 * Removes an object, or marks it as deleted when something holds it: finalizers, a namespace's content, a pod's grace.
 * Undefined when it is gone at once. Throws 404 and 409.
 */
export function deleteObject(context: WriteContext, target: Target, options: DeleteOptions): KubeObject | undefined {
  const { resource } = target
  const live = existing(context, target)
  checkPreconditions(target, live, options)
  const finalizers = finalizersFor(live, options)
  const graceSeconds = resource.kind === 'Pod' ? podGrace(live, options.graceSeconds) : 0
  const isNamespace = resource.kind === 'Namespace'
  const hasContent = isNamespace && listOf(mapOf(live.spec).finalizers).length > 0
  const isHeld = finalizers.length > 0 || hasContent || graceSeconds > 0
  if (options.dryRun) return live
  if (!isHeld) {
    context.store.remove(resource, live)
    return undefined
  }
  const { finalizers: _old, ...rest } = live.metadata
  const metadata: ObjectMeta = {
    ...rest,
    ...(finalizers.length > 0 ? { finalizers } : {}),
    deletionTimestamp: live.metadata.deletionTimestamp ?? context.time(),
    deletionGracePeriodSeconds: Math.min(graceSeconds, live.metadata.deletionGracePeriodSeconds ?? graceSeconds),
  }
  const deleting = isNamespace ? { ...live, metadata, status: { ...mapOf(live.status), phase: 'Terminating' } } : { ...live, metadata }
  return isSame(deleting, live) ? live : context.store.put(resource, deleting)
}

function checkPreconditions(target: Target, { metadata }: KubeObject, { uid, resourceVersion }: DeleteOptions): void {
  if (uid !== undefined && uid !== metadata.uid) {
    throw conflict(subjectOf(target), `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`)
  }
  if (resourceVersion !== undefined && resourceVersion !== metadata.resourceVersion) {
    const why = `Precondition failed: ResourceVersion in precondition: ${resourceVersion}, ResourceVersion in object meta: ${metadata.resourceVersion}`
    throw conflict(subjectOf(target), why)
  }
}

/** Propagation is written down as a finalizer, for the garbage collector to find. */
function finalizersFor({ kind, metadata }: KubeObject, { propagation }: DeleteOptions): string[] {
  if (kind === 'CustomResourceDefinition' && metadata.deletionTimestamp === undefined)
    return [...(metadata.finalizers ?? []), definitionFinalizer]
  const own = (metadata.finalizers ?? []).filter((name) => name !== 'foregroundDeletion' && name !== 'orphan')
  if (propagation === 'Foreground') return [...own, 'foregroundDeletion']
  if (propagation === 'Orphan') return [...own, 'orphan']
  return propagation === undefined ? (metadata.finalizers ?? []) : own
}

function podGrace({ spec, status }: KubeObject, wanted: number | undefined): number {
  const phase = mapOf(status).phase
  // A pod that is on no node, or has ended, has nobody to wait for.
  if (mapOf(spec).nodeName === undefined || phase === 'Succeeded' || phase === 'Failed') return 0
  if (wanted !== undefined) return wanted
  const seconds = mapOf(spec).terminationGracePeriodSeconds
  return typeof seconds === 'number' ? seconds : 30
}
