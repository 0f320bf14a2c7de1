import { setTimeout as sleep } from 'node:timers/promises'
import { applyObject } from '../../../kube/apply-object.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { mergePatchObject } from '../../../kube/merge-patch-object.js'
import { objectPath } from '../../../kube/object-paths.js'
import { AdapterError, toAdapterError } from '../../runtime/adapter-error.js'
import { fieldManager } from '../../runtime/apply-step.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { nameOf } from '../../runtime/manifests.js'
import { noteKey, type RotationNote } from './rotation-note.js'

/** What is written into an object of the identity: its data, and the note of the rotation. */
export interface IdentityChange {
  data?: Record<string, string> | undefined
  note?: RotationNote | undefined
}

/** The merge patch of a change, for the very version that was read and no other. */
export function changePatch({ metadata: { uid, resourceVersion } }: KubeObject, { data, note }: IdentityChange): object {
  const annotations = note && { annotations: { [noteKey]: JSON.stringify(note) } }
  return { metadata: { uid, resourceVersion, ...annotations }, ...(data ? { data } : {}) }
}

/** Writes it. Throws with the API server's words when somebody changed the object since it was read. */
export async function changeIdentity(session: ClusterSession, object: KubeObject, change: IdentityChange): Promise<void> {
  const resource = await session.resource(object)
  if (resource === undefined) throw new AdapterError('object-refused', `The cluster does not know the kind ${object.kind}.`)
  const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
  await mergePatchObject(session.connection, { path, patch: changePatch(object, change), fieldManager }).catch((error: unknown) => {
    const { code, details } = toAdapterError(error)
    throw new AdapterError(code, `${nameOf(object)} could not be written.`, details)
  })
}

// Times of Kubernetes have whole seconds.
const tickMs = 1_100

/**
 * The API server's own time, RFC 3339 in seconds, by the creation of an object that is only tried: pods carry times of the same
 * clock. Resolves in its next second, so that whatever is made from then on is later, and is seen to be.
 */
export async function timeOfCluster(session: ClusterSession, namespace: string, signal: AbortSignal): Promise<string> {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'meshwright-clock', namespace } }
  const resource = await session.resource(object)
  if (resource === undefined) throw new AdapterError('object-refused', 'The cluster does not know the kind ConfigMap.')
  const path = objectPath(resource, object.metadata)
  const { metadata } = await applyObject(session.connection, { path, object, fieldManager, dryRun: true, signal })
  if (metadata.creationTimestamp === undefined) throw new AdapterError('cluster-refused', 'The API server did not say what time it is.')
  await sleep(tickMs, undefined, { signal })
  return metadata.creationTimestamp
}
