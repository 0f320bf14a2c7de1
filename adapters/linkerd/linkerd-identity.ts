import { createCa, issueAuthority } from '../../certificates/certificate-authority.js'
import { applyObject } from '../../kube/apply-object.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { AdapterError } from '../runtime/adapter-error.js'
import { fieldManager } from '../runtime/apply-step.js'
import { noteArrivals } from '../runtime/arrivals.js'
import { nameOfNow } from '../runtime/artifacts.js'
import { objectFact } from '../runtime/cluster-facts.js'
import type { ClusterSession } from '../runtime/cluster-session.js'
import { judgeApply, keyOf } from '../runtime/judge-object.js'
import type { Scene, Step } from '../runtime/mesh-adapter.js'
import { refusedFindings } from '../runtime/plan-findings.js'
import { objectsOf } from './identity-objects.js'

// Linkerd's identity: a trust anchor, whose certificate every proxy knows, and an issuer that it signs. The chart reads both from
// objects that are there before it (identity.externalCA, issuer scheme kubernetes.io/tls), so that no key stands in values or a release.

export const issuerDays = 365
/** Shown in a plan where a key or a certificate will stand. */
export const madeThen = '(made when the step runs)'

/** What is there of the identity. Whoever made it (a person, cert-manager and trust-manager, an earlier run) goes on looking after it. */
export async function findIdentity(session: ClusterSession, namespace: string): Promise<'both' | 'none' | 'issuer' | 'roots'> {
  const { issuer, roots } = objectsOf(namespace, { anchor: '', certificate: '', key: '' })
  const [hasIssuer, hasRoots] = await Promise.all([issuer, roots].map(async (object) => (await session.get(keyOf(object))) !== undefined))
  if (hasIssuer && hasRoots) return 'both'
  return hasIssuer ? 'issuer' : hasRoots ? 'roots' : 'none'
}

/** Makes the identity. The anchor's key signs the issuer and is handed out one time; the issuer's key goes into the cluster and nowhere else. */
export function identityStep({ session, signal }: Scene, { namespace }: { namespace: string }): Step {
  const shown = Object.values(objectsOf(namespace, { anchor: madeThen, certificate: madeThen, key: madeThen }))
  return {
    key: 'identity',
    title: 'Make the trust anchor and the issuer',
    component: 'identity',
    kind: 'manifests',
    equivalent: '',
    preview: async (arrivals) => {
      noteArrivals(arrivals, 'identity', shown)
      const judgement = { step: 'identity', fieldManager, force: false, arrivals, expectedManagers: [], signal }
      const objects = await Promise.all(shown.map((object) => judgeApply(session, object, judgement)))
      const facts = await Promise.all(shown.map((object) => objectFact(session, keyOf(object))))
      return { hooks: [], objects, findings: refusedFindings(objects), facts }
    },
    run: async ({ signal, log, handOver }) => {
      const anchor = await createCa('root.linkerd.cluster.local', { signsAuthorities: true })
      // Whoever has it can renew the issuer; nobody else may have it, so it comes out of here before anything trusts it.
      const name = nameOfNow('linkerd-trust-anchor', 'pem')
      await handOver({ name, mediaType: 'application/x-pem-file', text: [anchor.key, anchor.cert], once: true }, signal)
      const issuer = await issueAuthority(anchor, { commonName: 'identity.linkerd.cluster.local', days: issuerDays })
      const { roots, issuer: secret } = objectsOf(namespace, { anchor: anchor.cert, certificate: issuer.cert, key: issuer.key })
      for (const object of [roots, secret]) await create(session, object)
      log(
        'info',
        `The issuer is valid for ${issuerDays} days, the anchor for ten years. ${name} holds the anchor's key: fetch it and keep it safe.`,
      )
    },
    inspect: async () => {
      const there = await findIdentity(session, namespace)
      const state = there === 'both' ? 'done' : there === 'none' ? 'untouched' : 'partial'
      return { state, detail: `of the identity there is: ${there}` }
    },
  }
}

async function create(session: ClusterSession, object: KubeObject): Promise<void> {
  const resource = await session.resource(object)
  if (resource === undefined) throw new AdapterError('object-refused', `The cluster does not know the kind ${object.kind}.`)
  const { namespace, name = '' } = object.metadata
  await applyObject(session.connection, { path: objectPath(resource, { namespace, name }), object, fieldManager })
}
