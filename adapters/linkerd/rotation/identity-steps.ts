import { deleteObject } from '../../../kube/delete-object.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { objectPath } from '../../../kube/object-paths.js'
import { AdapterError } from '../../runtime/adapter-error.js'
import { fieldManager } from '../../runtime/apply-step.js'
import { noArrivals } from '../../runtime/arrivals.js'
import { objectFact } from '../../runtime/cluster-facts.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { count } from '../../runtime/count.js'
import { judgePatch, keyOf } from '../../runtime/judge-object.js'
import { nameOf } from '../../runtime/manifests.js'
import type { Scene, Step, StepPreview } from '../../runtime/mesh-adapter.js'
import { refusedFindings } from '../../runtime/plan-findings.js'
import { someNames } from '../../runtime/some-names.js'
import { bundleKey, issuerOf } from '../identity-objects.js'
import { madeThen } from '../linkerd-identity.js'
import { findProxies, isUpTo } from './proxies.js'
import { noteLost, type Stage } from './rotation-note.js'
import { type Rotation, type RotationPlace, rotationNow } from './rotation-state.js'
import { onlyAnchor, withAnchor } from './trust-bundle.js'
import { changeIdentity, changePatch, type IdentityChange } from './write-identity.js'

/** How the identity was when the plan was made. */
export interface IdentityStepOptions {
  place: RotationPlace
  planned: Rotation
}

/** Puts the new anchor beside those that are there: whoever starts from now on trusts both. */
export function trustBothStep(scene: Scene, { place, planned }: IdentityStepOptions): Step {
  const { session } = scene
  const key = 'trust-both'
  const shown = { data: { [bundleKey]: `${planned.bundle}${madeThen}` } }
  return {
    ...{ key, title: 'Put the new anchor into the bundle, beside the old', component: 'identity', kind: 'manifests', equivalent: '' },
    preview: () => previewOf(scene, { key, object: planned.roots, change: planned.isBundled ? undefined : shown }),
    run: async ({ log }) => {
      const rotation = await rotationNow(session, place)
      if (rotation.anchor === undefined) throw noteLost()
      const bundle = withAnchor(rotation.bundle, rotation.anchor.x509.toString())
      if (bundle !== rotation.bundle) await changeIdentity(session, rotation.roots, { data: { [bundleKey]: bundle } })
      log('info', `The bundle holds ${rotation.anchor.subject} (${rotation.anchor.fingerprint.slice(0, 16)}).`)
    },
    inspect: async () => {
      const rotation = await rotationNow(session, place)
      const isDone = rotation.note !== undefined && rotation.isBundled
      return { state: isDone ? 'done' : 'untouched', detail: `the bundle holds ${count(rotation.anchors.length, 'anchor')}` }
    },
  }
}

/** Has the new issuer sign. Refused while a proxy is left that would not believe it. */
export function swapIssuerStep(scene: Scene, { place, planned }: IdentityStepOptions): Step {
  const { session } = scene
  const key = 'swap-issuer'
  const shown = issuerOf({ anchor: madeThen, certificate: madeThen, key: madeThen })
  return {
    ...{ key, title: 'Let the new issuer sign', component: 'identity', kind: 'manifests', equivalent: '' },
    preview: () => previewOf(scene, { key, object: planned.issuer, change: planned.isSwapped ? undefined : shown }),
    run: async ({ log }) => {
      const rotation = await rotationNow(session, place)
      if (!rotation.isSwapped) {
        await refuseBehind(session, place, { rotation, stage: 'trusted', so: 'so the old issuer goes on signing' })
        if (rotation.next === undefined) throw anchorLost()
        await changeIdentity(session, rotation.issuer, { data: (rotation.next as { data?: Record<string, string> }).data })
        log('info', 'The new issuer stands where the old one stood.')
      }
      if (rotation.next !== undefined) await remove(session, rotation.next)
    },
    inspect: async () => {
      const rotation = await rotationNow(session, place)
      if (!rotation.isSwapped) return { state: 'untouched', detail: 'the old issuer signs' }
      return { state: rotation.next === undefined ? 'done' : 'partial', detail: 'the new issuer signs' }
    },
  }
}

/** Takes all anchors but the new one out of the bundle. Refused while a proxy is left that knows, or shows, only the old. */
export function dropOldStep(scene: Scene, { place, planned, isLast }: IdentityStepOptions & { isLast: boolean }): Step {
  const { session } = scene
  const key = 'drop-old'
  const isDone = ({ anchors, note }: Rotation) => note !== undefined && anchors.length === 1 && (note.finished || !isLast)
  return {
    ...{ key, title: 'Take the old anchor out of the bundle', component: 'identity', kind: 'manifests', equivalent: '' },
    preview: () =>
      previewOf(scene, { key, object: planned.roots, change: isDone(planned) ? undefined : { data: { [bundleKey]: madeThen } } }),
    run: async ({ log }) => {
      const rotation = await rotationNow(session, place)
      const { note, anchor, anchors, roots, bundle } = rotation
      const only = anchor && onlyAnchor(bundle, anchor.fingerprint)
      if (note === undefined || only === undefined || !rotation.isSwapped) throw noteLost()
      await refuseBehind(session, place, { rotation, stage: 'trusted', so: 'so the old anchor stays' })
      await refuseBehind(session, place, { rotation, stage: 'certified', so: 'so the old anchor stays' })
      await changeIdentity(session, roots, { data: { [bundleKey]: only }, note: { ...note, finished: isLast } })
      for (const { subject, fingerprint } of anchors.filter((each) => each.fingerprint !== anchor?.fingerprint))
        log('info', `${subject} (${fingerprint.slice(0, 16)}) is no anchor any more.`)
    },
    inspect: async () => {
      const rotation = await rotationNow(session, place)
      return { state: isDone(rotation) ? 'done' : 'untouched', detail: `the bundle holds ${count(rotation.anchors.length, 'anchor')}` }
    },
  }
}

const behindTexts: Partial<Record<Stage, string>> = {
  trusted: 'with only the old anchor',
  certified: 'with a certificate that may be of the old issuer',
}

async function refuseBehind(
  session: ClusterSession,
  { namespace }: RotationPlace,
  { rotation, stage, so }: { rotation: Rotation; stage: Stage; so: string },
): Promise<void> {
  const behind = (await findProxies(session, namespace)).filter((pod) => !isUpTo(stage, pod, rotation))
  if (behind.length === 0) return
  throw new AdapterError(
    'members-not-as-wished',
    `${count(behind.length, 'pod')} ${behind.length === 1 ? 'is' : 'are'} left ${behindTexts[stage]}, ${so}.`,
    {
      cause: `${someNames(behind.map(nameOf), 10)}. Made before ${rotation.note?.[stage] || 'the restart'}; members that are further would refuse them.`,
      remedy: 'Delete these pods or make them anew, then retry the operation: it goes on from here, with the same new anchor.',
    },
  )
}

async function remove(session: ClusterSession, object: KubeObject): Promise<void> {
  const resource = await session.resource(object)
  if (resource === undefined) return
  const { namespace, name = '' } = object.metadata
  await deleteObject(session.connection, { path: objectPath(resource, { namespace, name }) })
}

async function previewOf(
  { session, signal }: Scene,
  { key, object, change }: { key: string; object: KubeObject; change: IdentityChange | undefined },
): Promise<StepPreview> {
  const facts = [await objectFact(session, keyOf(object))]
  if (change === undefined) return { hooks: [], objects: [], findings: [], facts }
  const judgement = { step: key, fieldManager, force: false, arrivals: noArrivals(), expectedManagers: [], signal }
  const planned = await judgePatch(session, { object, patch: changePatch(object, change) }, judgement)
  return { hooks: [], objects: [planned], findings: refusedFindings([planned]), facts }
}

/** The new issuer waits in a Secret that somebody deleted: only who has the new anchor's key can go on. */
export function anchorLost(): AdapterError {
  return new AdapterError('not-found', 'The new issuer is gone before it could sign.', {
    cause: 'Its Secret was deleted, and the key of the new anchor is only in the file that was handed out.',
    remedy: 'Rotate again and give that file as the anchor: the rotation goes on with it.',
  })
}
