import { setTimeout as sleep } from 'node:timers/promises'
import { applyObject } from '../../kube/apply-object.js'
import type { KubeResource } from '../../kube/discover-resources.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { AdapterError, toAdapterError } from './adapter-error.js'
import { noteArrivals } from './arrivals.js'
import { objectFact } from './cluster-facts.js'
import type { ClusterSession } from './cluster-session.js'
import { judgeApply, judgedAtOnce, keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step } from './mesh-adapter.js'
import { refusedFindings } from './plan-findings.js'

/** Who we are to the API server: the owner of the fields that our manifests set. */
export const fieldManager = 'meshwright'

const servedWithinMs = 15_000
const pollMs = 250

/** One step of manifests; `objects` are applied in their order. */
export interface ApplyStepOptions {
  key: string
  title: string
  component: string
  objects: readonly KubeObject[]
  /** Who owns the fields. One owner's apply also takes away what it applied before and no longer names. */
  manager?: string
  /** Takes over fields that others own, instead of stopping at them. */
  force: boolean
  equivalent: string
}

/** Applies manifests in their order, by server-side apply. Definitions of new kinds are waited for before the next object. */
export function applyStep({ session, signal }: Scene, options: ApplyStepOptions): Step {
  const { key, objects, force, manager = fieldManager } = options
  return {
    ...options,
    kind: 'manifests',
    preview: async (arrivals) => {
      noteArrivals(arrivals, key, objects)
      const judgement = { step: key, fieldManager: manager, force, arrivals, expectedManagers: [], signal }
      const planned = await mapAtOnce(judgedAtOnce, objects, (object) => judgeApply(session, object, judgement))
      const facts = await Promise.all(objects.map((object) => objectFact(session, keyOf(object))))
      return { hooks: [], objects: planned, findings: refusedFindings(planned), facts }
    },
    run: async (context) => {
      for (const object of objects) {
        context.signal.throwIfAborted()
        const before = await session.get(keyOf(object))
        const after = await applyOne(session, object, { force, manager })
        const changed =
          before === undefined ? 'created' : before.metadata.resourceVersion === after.metadata.resourceVersion ? 'unchanged' : 'changed'
        context.log('info', `${nameOf(object)} ${changed}`, { object: refOf(object) })
        if (object.kind === 'CustomResourceDefinition') session.forgetResources()
      }
    },
    inspect: async () => {
      const applied = await Promise.all(objects.map(async (object) => holds(await session.get(keyOf(object)), object)))
      const count = applied.filter(Boolean).length
      const detail = `${count} of ${objects.length} objects are as the manifests say`
      return { state: count === objects.length ? 'done' : count === 0 ? 'untouched' : 'partial', detail }
    },
  }
}

async function applyOne(
  session: ClusterSession,
  object: KubeObject,
  { force, manager }: { force: boolean; manager: string },
): Promise<KubeObject> {
  const resource = await servedResource(session, object)
  if (resource === undefined) {
    throw new AdapterError('object-refused', `The cluster does not know the kind ${object.kind} of ${object.apiVersion}.`, {
      cause: 'Its definition (CRD) is not installed, or in another version.',
      remedy: 'Install the definition first, then retry the operation.',
    })
  }
  const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
  return applyObject(session.connection, { path, object, fieldManager: manager, force, fieldValidation: 'Strict' }).catch(
    (error: unknown) => {
      const { code, details } = toAdapterError(error)
      throw new AdapterError(code, `${nameOf(object)} could not be applied.`, details)
    },
  )
}

/** Discovery lags behind a definition that was just established. */
async function servedResource(session: ClusterSession, object: KubeObject): Promise<KubeResource | undefined> {
  const until = Date.now() + servedWithinMs
  for (;;) {
    const resource = await session.resource(object)
    if (resource !== undefined || Date.now() > until) return resource
    await sleep(pollMs)
    session.forgetResources()
  }
}

/** Whether the live object has every field that the manifest sets. A value that the API server spells otherwise counts as missing. */
function holds(live: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) return Array.isArray(live) && wanted.every((item, index) => holds(live[index], item))
  if (typeof wanted !== 'object' || wanted === null) return live === wanted
  const fields = new Map(typeof live === 'object' && live !== null ? Object.entries(live) : [])
  return Object.entries(wanted).every(([key, value]) => holds(fields.get(key), value))
}
