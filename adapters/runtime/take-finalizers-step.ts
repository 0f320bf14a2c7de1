import { KubeError } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { Change, type Finding, type PlannedObject, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import { fieldManager } from './apply-step.js'
import type { Arrivals } from './arrivals.js'
import type { Catalog } from './catalog.js'
import { objectFact } from './cluster-facts.js'
import { count } from './count.js'
import { waitGone } from './delete-step.js'
import { findControllers, type HeldObject, othersThan } from './held-objects.js'
import { judgedAtOnce, judgePatch, keyOf } from './judge-object.js'
import { nameOf, refOf } from './manifests.js'
import { mapAtOnce } from './map-at-once.js'
import type { Scene, Step } from './mesh-adapter.js'
import { errorFinding, refusedFindings } from './plan-findings.js'
import { checkPermissions } from './preflight.js'

/** Which objects are let go. */
export interface TakeFinalizersOptions {
  catalog: Catalog
  component: string
  held: readonly HeldObject[]
  /** By uid, what is safe in a file, as it was then: nothing else is touched. */
  exported: ReadonlyMap<string, KubeObject>
}

const key = 'take-finalizers'
const timeoutMs = 60_000
const shownAtMost = 10

/** Takes the mesh's own finalizers, and only these, off objects that are being deleted; then waits until they are gone. */
export function takeFinalizersStep(scene: Scene, options: TakeFinalizersOptions): Step {
  const { catalog, component, held } = options
  const { session } = scene
  return {
    key,
    title: `Take the finalizers of ${catalog.title} off ${count(held.length, 'object')}`,
    component,
    kind: 'manifests',
    equivalent: held.slice(0, shownAtMost).map(patchCommand).join(' && '),
    preview: (arrivals) => preview(scene, options, arrivals),
    run: async (context) => {
      await refuseAnswered(scene, options)
      for (const each of held) {
        context.signal.throwIfAborted()
        await takeOff(scene, options, { held: each, signal: context.signal })
        context.log('info', `${nameOf(each.object)}: ${each.own.map(({ finalizer }) => finalizer).join(', ')} taken off`, {
          object: refOf(each.object),
        })
      }
      for (const { object, others } of held.filter(waitsForOthers)) {
        context.log('warning', `${nameOf(object)} stays until ${others.join(', ')} is taken off by whoever set it`, {
          object: refOf(object),
        })
      }
      const freed = held.filter((each) => !waitsForOthers(each)).map(({ object }) => object)
      await waitGone(session, freed, { context, timeoutMs })
    },
    inspect: async () => {
      const live = await mapAtOnce(judgedAtOnce, held, ({ object }) => session.get(keyOf(object)))
      const left = live.filter((object, index) => object && object.metadata.uid === held[index]?.object.metadata.uid && isHeld(object))
      const isHeldStill = `${left.length} of ${held.length} objects still have the finalizer`
      return { state: left.length === 0 ? 'done' : left.length === held.length ? 'untouched' : 'partial', detail: isHeldStill }
    },
  }

  function isHeld(object: KubeObject): boolean {
    return othersThan(catalog.finalizers, object).length < (object.metadata.finalizers ?? []).length
  }
}

function waitsForOthers({ others }: HeldObject): boolean {
  return others.length > 0
}

function patchCommand({ object: { kind, metadata }, others }: HeldObject): string {
  const place = metadata.namespace ? ` --namespace ${metadata.namespace}` : ''
  const patch = JSON.stringify({ metadata: { finalizers: others } })
  return `kubectl patch ${kind.toLowerCase()} ${metadata.name}${place} --type=merge --patch '${patch}'`
}

async function preview({ session, signal }: Scene, { held }: TakeFinalizersOptions, arrivals: Arrivals) {
  const judgement = { step: key, fieldManager, force: false, arrivals, expectedManagers: [], signal }
  const planned = await mapAtOnce(judgedAtOnce, held, async ({ object, others }): Promise<PlannedObject> => {
    const live = (await session.get(keyOf(object))) ?? object
    const judged = await judgePatch(session, { object: live, patch: patchOf(live, others) }, judgement)
    return others.length > 0 ? judged : { ...judged, change: Change.CHANGE_DELETE, afterYaml: '' }
  })
  const facts = await mapAtOnce(judgedAtOnce, held, ({ object }) => objectFact(session, keyOf(object)))
  const refs = held.map(({ object }) => refOf(object))
  const permissions = await checkPermissions(session, { objects: refs, verbs: ['get', 'list', 'patch'] })
  const refused = permissions.length > 0 ? [] : refusedFindings(planned)
  return { hooks: [], objects: planned, findings: [...permissions, ...refused, ...unansweredFindings(planned)], facts }
}

/** Nobody answers the mesh's own webhooks either, and a patch is a change as any other. */
function unansweredFindings(planned: readonly PlannedObject[]): Finding[] {
  const deferred = planned.filter(({ verdict }) => verdict === Verdict.VERDICT_DEFERRED)
  const [first] = deferred
  if (first === undefined) return []
  return [
    errorFinding({
      code: 'webhook-unanswered',
      message: `${count(deferred.length, 'object')} cannot be changed: an admission webhook stands before them.`,
      cause: first.reason,
      remedy: 'Where it is of the mesh itself, remove its silent webhooks first (remove-webhooks), then plan again.',
    }),
  ]
}

function patchOf({ metadata: { resourceVersion } }: KubeObject, finalizers: readonly string[]): object {
  return { metadata: { resourceVersion, finalizers } }
}

/** Once more, right before: who came up since cleans up better. */
async function refuseAnswered({ session }: Scene, { catalog, held }: TakeFinalizersOptions): Promise<void> {
  const names = held.flatMap(({ own }) => own.map(({ controller }) => controller))
  const controllers = await findControllers(session, catalog, names)
  const ready = controllers?.flatMap((controller) => controller.ready)
  if (ready?.length === 0) return
  throw new AdapterError('conflict', 'Somebody answers again, so no finalizer was taken off.', {
    cause: ready ? `${ready.map(nameOf).join(', ')} is ready.` : 'Pods may not be listed any more.',
    remedy: 'Look whether the objects go by themselves; when they do not, plan again.',
  })
}

/** Only the very version that is in the file: whoever wrote it since is not overruled, nor is a finalizer that came since. */
async function takeOff(
  { session }: Scene,
  { catalog, exported }: TakeFinalizersOptions,
  { held: { object }, signal }: { held: HeldObject; signal: AbortSignal },
): Promise<void> {
  const resource = await session.resource(object)
  const saved = exported.get(object.metadata.uid ?? '')
  if (resource === undefined || saved === undefined) {
    // Gone between plan and export.
    if ((await session.get(keyOf(object)))?.metadata.uid !== object.metadata.uid) return
    throw changed(object, 'It is not in the file as it is now.')
  }
  const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
  const patch = patchOf(saved, othersThan(catalog.finalizers, saved))
  await mergePatchObject(session.connection, { path, patch, fieldManager, signal }).catch((error: unknown) => {
    if (!(error instanceof KubeError)) throw error
    if (error.status === 409) throw changed(object, error.message)
    if (error.status !== 404) throw error
  })
}

function changed(object: KubeObject, cause: string): AdapterError {
  return new AdapterError('conflict', `${nameOf(object)} was changed by somebody since it was exported, so it stays.`, {
    cause,
    remedy: 'Retry the operation: it exports again, then takes the finalizers off.',
  })
}
