import { applyDefaults } from '../defaults.js'
import { type JsonMap, listOf, mapOf } from '../json.js'
import { isSame, without } from '../json-parts.js'
import { type KubeObject, type ObjectMeta, readMetadata } from '../kube-object.js'
import type { ResourceType } from '../resource-types.js'
import { changedMeanwhile, conflict } from '../status-error.js'
import { checkObject, checkUnchanged } from '../validate.js'
import { changeableMetadata, hasGeneration, serverMetadata, toStored, wantedState } from './metadata-parts.js'
import { subjectOf, type Target } from './target.js'
import type { OwnedWrite, WriteContext } from './write-context.js'

/** The next state of an object that is there; an unchanged one is not written. Its last finalizer gone, a deleted one goes. Throws 409 and 422. */
export function replaceObject(
  context: WriteContext,
  target: Target,
  write: { live: KubeObject; next: JsonMap; options: OwnedWrite },
): KubeObject {
  const { resource } = target
  const { live, next, options } = write
  const isStatus = options.subresource === 'status'
  const given = readMetadata(next)
  checkPrecondition(target, live, given)
  const body = isStatus ? { ...live, status: next.status ?? live.status ?? {} } : keepStatus(resource, live, next)
  const changeable = isStatus ? changeableMetadata(live.metadata) : given
  const metadata: ObjectMeta = {
    ...serverMetadata(live.metadata),
    ...without(changeable, ['uid', 'resourceVersion', 'name', 'namespace']),
    ...(options.managedFields.length > 0 ? { managedFields: options.managedFields } : {}),
  }
  const defaulted = applyDefaults(resource, { ...body, metadata }, context)
  if (!isStatus) {
    checkObject(resource, defaulted, target.name)
    checkUnchanged(resource, live, defaulted)
  }
  const isNewGeneration = hasGeneration(resource) && !isSame(wantedState(live), wantedState(defaulted))
  const generation = isNewGeneration ? { generation: (live.metadata.generation ?? 0) + 1 } : {}
  const stored = toStored(resource, defaulted, { ...metadata, ...generation })
  if (isSame(stored, live)) return live
  if (options.dryRun) return stored
  return isFinished(stored) ? context.store.remove(resource, stored) : context.store.put(resource, stored)
}

/** What a write leaves of the status that is there: all of it, unless it writes the status. */
export function keepStatus(resource: ResourceType, live: KubeObject, next: JsonMap): JsonMap {
  if (!resource.subresources.includes('status')) return next
  const { status: _given, ...rest } = next
  return live.status === undefined ? rest : { ...rest, status: live.status }
}

function checkPrecondition(target: Target, live: KubeObject, { uid, resourceVersion }: Partial<ObjectMeta>): void {
  if (uid !== undefined && uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`
    throw conflict(subjectOf(target), why)
  }
  if (resourceVersion !== undefined && resourceVersion !== live.metadata.resourceVersion)
    throw conflict(subjectOf(target), changedMeanwhile)
}

/** Nothing holds it any more: no finalizer, no content of a namespace, no grace of a pod. */
function isFinished({ kind, metadata, spec }: KubeObject): boolean {
  if (metadata.deletionTimestamp === undefined || (metadata.finalizers ?? []).length > 0) return false
  if (kind === 'Namespace') return listOf(mapOf(spec).finalizers).length === 0
  return kind !== 'Pod' || metadata.deletionGracePeriodSeconds === 0
}
