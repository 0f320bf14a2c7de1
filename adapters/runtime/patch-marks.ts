import { KubeError } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { AdapterError, toAdapterError } from './adapter-error.js'
import { canonicalJson } from './canonical-json.js'
import type { ClusterSession } from './cluster-session.js'
import { keyOf } from './judge-object.js'
import { nameOf } from './manifests.js'
import type { MarkChange } from './membership-marks.js'

/** Who we are to the API server where we write marks. */
export const marksManager = 'meshwright-marks'

/** The body of such a change: only what it names, and only for the version of the object that was looked at. */
export function marksPatch({ metadata: { resourceVersion } }: KubeObject, change: MarkChange): object {
  return { metadata: { resourceVersion, ...change } }
}

/**
 * Merges labels and annotations into the very object that was looked at. When somebody changed its labels or annotations
 * since, nothing is written and `plan-stale` is thrown; a change of anything else is no reason to stop.
 */
export async function patchMarks(session: ClusterSession, seen: KubeObject, change: MarkChange): Promise<void> {
  const resource = await session.resource(seen)
  if (resource === undefined) throw stale(seen)
  const path = objectPath(resource, { namespace: seen.metadata.namespace, name: seen.metadata.name ?? '' })
  const write = (on: KubeObject) =>
    mergePatchObject(session.connection, { path, patch: marksPatch(on, change), fieldManager: marksManager }).then(
      () => true,
      (error: unknown) => {
        if (error instanceof KubeError && error.status === 409) return false
        const { code, details } = toAdapterError(error)
        throw new AdapterError(code, `The marks of ${nameOf(seen)} could not be written.`, details)
      },
    )
  for (let live = seen; !(await write(live)); ) live = await readUnchanged(session, seen)
}

async function readUnchanged(session: ClusterSession, seen: KubeObject): Promise<KubeObject> {
  const live = await session.get(keyOf(seen))
  if (live === undefined || marksOf(live) !== marksOf(seen)) throw stale(seen)
  return live
}

function marksOf({ metadata: { uid, labels = {}, annotations = {} } }: KubeObject): string {
  return canonicalJson({ uid, labels, annotations })
}

function stale(object: KubeObject): AdapterError {
  return new AdapterError('plan-stale', `${nameOf(object)} was changed by somebody else since the plan was made.`, {
    remedy: 'Plan again, look at the new plan, then start it.',
  })
}
