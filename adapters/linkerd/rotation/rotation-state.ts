import { type CertificateFacts, readCertificates } from '../../../certificates/read-certificates.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { AdapterError } from '../../runtime/adapter-error.js'
import type { ClusterSession } from '../../runtime/cluster-session.js'
import { keyOf } from '../../runtime/judge-object.js'
import { anchorsIn, bundleKey, objectsOf } from '../identity-objects.js'
import { type RotationNote, readNote } from './rotation-note.js'

// How far a rotation came stands in the cluster, and nowhere else: the new issuer waits in a Secret of its own until it signs,
// and a note on the ConfigMap of the roots says whose rotation it is and since when which pods are what. No key is in the note.

/** The new issuer, until it takes the place of the old one. */
export const nextName = 'linkerd-identity-issuer-next'

/** Where a rotation is, and of which operation it is looked at. */
export interface RotationPlace {
  namespace: string
  /** Empty while planning. */
  operation: string
}

/** Linkerd's identity as it is, with what a rotation has made of it. */
export interface Rotation {
  roots: KubeObject
  bundle: string
  anchors: CertificateFacts[]
  issuer: KubeObject
  /** The certificate that signs now; undefined when the Secret holds none. */
  signing: CertificateFacts | undefined
  /** The Secret with the new issuer, while it waits. */
  next: KubeObject | undefined
  /** Of a rotation that is under way, or that this operation has finished; undefined when none has begun. */
  note: RotationNote | undefined
  /** The new anchor. */
  anchor: CertificateFacts | undefined
  /** Whether the bundle holds the new anchor. */
  isBundled: boolean
  /** Whether the issuer in use is signed by the new anchor. */
  isSwapped: boolean
}

/** Reads all of it; undefined when there is no issuer or no bundle, and so nothing to rotate. */
export async function readRotation(session: ClusterSession, { namespace, operation }: RotationPlace): Promise<Rotation | undefined> {
  const wanted = objectsOf(namespace, { anchor: '', certificate: '', key: '' })
  const keys = [keyOf(wanted.roots), keyOf(wanted.issuer), { ...keyOf(wanted.issuer), name: nextName }]
  const [roots, issuer, next] = await Promise.all(keys.map((key) => session.get(key)))
  if (roots === undefined || issuer === undefined) return undefined
  const anchors = anchorsIn(roots)
  const written = readNote(roots)
  const note = written && (!written.finished || written.operation === operation) ? written : undefined
  const anchor = next ? certificateIn(next, 'ca.crt') : anchors.find(({ fingerprint }) => fingerprint === note?.anchor)
  const signing = certificateIn(issuer, 'tls.crt')
  return {
    ...{ roots, bundle: (roots.data as Record<string, string> | undefined)?.[bundleKey] ?? '', anchors },
    ...{ issuer, signing, next },
    // A note whose anchor is nowhere is of a rotation that somebody has undone by hand.
    note: anchor?.fingerprint === note?.anchor ? note : undefined,
    anchor,
    isBundled: anchors.some(({ fingerprint }) => fingerprint === anchor?.fingerprint),
    isSwapped: signing !== undefined && anchor !== undefined && signing.isSignedBy(anchor),
  }
}

/** The same for a step, which cannot do without. Throws `not-found`. */
export async function rotationNow(session: ClusterSession, place: RotationPlace): Promise<Rotation> {
  const rotation = await readRotation(session, place)
  if (rotation !== undefined) return rotation
  throw new AdapterError('not-found', `Linkerd's identity in ${place.namespace} is gone.`, {
    cause: 'The Secret of the issuer or the ConfigMap of the trust roots was deleted while the anchor was rotated.',
    remedy: 'Put both back, then retry the operation.',
  })
}

function certificateIn(secret: KubeObject, key: string): CertificateFacts | undefined {
  const { data = {} } = secret as { data?: Record<string, string> }
  return readCertificates(Buffer.from(data[key] ?? '', 'base64').toString('utf8')).certificates[0]
}
