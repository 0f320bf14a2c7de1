import { applyObject } from '../../../kube/apply-object.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { objectPath } from '../../../kube/object-paths.js'
import { AdapterError } from '../../runtime/adapter-error.js'
import { fieldManager } from '../../runtime/apply-step.js'
import { noArrivals } from '../../runtime/arrivals.js'
import { objectFact } from '../../runtime/cluster-facts.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { judgeApply, keyOf } from '../../runtime/judge-object.js'
import type { Scene, Step } from '../../runtime/mesh-adapter.js'
import { refusedFindings } from '../../runtime/plan-findings.js'
import { objectsOf } from '../identity-objects.js'
import { madeThen } from '../linkerd-identity.js'
import { anchorLost, type IdentityStepOptions } from './identity-steps.js'
import { makeAnchor, type OwnAnchor } from './own-anchor.js'
import { nextName, type Rotation, readRotation, rotationNow } from './rotation-state.js'
import { changeIdentity } from './write-identity.js'

/**
 * Makes the new anchor, or takes the user's, and the issuer below it. The anchor's key is with the user before anything of it
 * is in the cluster, and nowhere else afterwards; so the issuer is signed here, and waits in a Secret of its own. Once that is
 * there no other anchor is made: who comes again goes on with this one.
 */
export function makeAnchorStep(
  { session, signal }: Scene,
  { place, planned, own, days }: IdentityStepOptions & { own: OwnAnchor | undefined; days: number },
): Step {
  const shown = nextSecret(place.namespace, { anchor: madeThen, certificate: madeThen, key: madeThen })
  return {
    key: 'make-anchor',
    title: own ? 'Take the new anchor and its issuer' : 'Make the new anchor and its issuer',
    ...{ component: 'identity', kind: 'manifests', equivalent: '' },
    preview: async () => {
      const judgement = { step: 'make-anchor', fieldManager, force: false, arrivals: noArrivals(), expectedManagers: [], signal }
      const objects = isMade(planned) ? [] : [await judgeApply(session, shown, judgement)]
      const facts = await Promise.all([planned.roots, planned.issuer, shown].map((object) => objectFact(session, keyOf(object))))
      return { hooks: [], objects, findings: refusedFindings(objects), facts }
    },
    run: async (context) => {
      const before = await rotationNow(session, place)
      if (!isMade(before)) {
        if (before.note !== undefined && own?.facts.fingerprint !== before.note.anchor) throw anchorLost()
        const { anchor, issuer } = await makeAnchor(own, days, context)
        await create(session, nextSecret(place.namespace, { anchor, certificate: issuer.cert, key: issuer.key }))
      }
      const { roots, note, anchor } = await rotationNow(session, place)
      if (anchor === undefined) throw anchorLost()
      const begun = note ?? { trusted: '', certified: '', forgotten: '', finished: false }
      await changeIdentity(session, roots, { note: { ...begun, anchor: anchor.fingerprint, operation: place.operation } })
      context.log('info', `The new anchor is ${anchor.subject} (${anchor.fingerprint.slice(0, 16)}); nothing trusts it yet.`)
    },
    inspect: async () => {
      const rotation = await readRotation(session, place)
      const isBegun = rotation?.note !== undefined || rotation?.next !== undefined
      const isOurs = rotation?.note?.operation === place.operation && isMade(rotation)
      const detail = isBegun ? 'the new anchor is made' : 'there is no new anchor'
      return { state: isOurs ? 'done' : isBegun ? 'partial' : 'untouched', detail }
    },
  }
}

/** Whether there is a new issuer: it waits, or it signs. */
function isMade(rotation: Rotation): boolean {
  return rotation.next !== undefined || (rotation.note !== undefined && rotation.isSwapped)
}

function nextSecret(namespace: string, texts: Parameters<typeof objectsOf>[1]): KubeObject {
  const { issuer } = objectsOf(namespace, texts)
  return { ...issuer, metadata: { ...issuer.metadata, name: nextName } }
}

async function create(session: ClusterSession, object: KubeObject): Promise<void> {
  const resource = await session.resource(object)
  if (resource === undefined) throw new AdapterError('object-refused', `The cluster does not know the kind ${object.kind}.`)
  const { namespace, name = '' } = object.metadata
  await applyObject(session.connection, { path: objectPath(resource, { namespace, name }), object, fieldManager })
}
