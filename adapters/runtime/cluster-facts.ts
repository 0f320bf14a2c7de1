import { createHash } from 'node:crypto'
import type { PlanDigest, Precondition } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { AdapterError } from './adapter-error.js'
import { canonicalJson } from './canonical-json.js'
import type { ClusterSession, ObjectKey } from './cluster-session.js'
import { latestRelease } from './helm-releases.js'
import type { Call } from './mesh-adapter.js'
import { whenForbidden } from './when-forbidden.js'

// A plan rests on facts. Each is read by its kind and key alone, so that a start can read them again without planning.

/** Which object it is, and whether anybody changed what it wants. */
export async function objectFact(session: ClusterSession, key: ObjectKey): Promise<Precondition> {
  return { kind: 'object', key: [key.apiVersion, key.kind, key.namespace ?? '', key.name].join('|'), value: await readObject(session, key) }
}

/** Labels and annotations of an object: what a change of marks rests on, and nothing else. */
export async function marksFact(session: ClusterSession, key: ObjectKey): Promise<Precondition> {
  return { kind: 'marks', key: [key.apiVersion, key.kind, key.namespace ?? '', key.name].join('|'), value: await readMarks(session, key) }
}

/** Whether a namespace is there, the same one, and not on its way out. */
export async function namespaceFact(session: ClusterSession, name: string): Promise<Precondition> {
  return { kind: 'namespace', key: name, value: await readNamespace(session, name) }
}

/** Revision and status of a helm release. */
export async function releaseFact(session: ClusterSession, namespace: string, name: string): Promise<Precondition> {
  return { kind: 'release', key: `${namespace}|${name}`, value: await readRelease(session, namespace, name) }
}

const readers: Record<string, (session: ClusterSession, key: string) => Promise<string>> = {
  object: (session, key) => readObject(session, objectKey(key)),
  marks: (session, key) => readMarks(session, objectKey(key)),
  namespace: readNamespace,
  release: (session, key) => {
    const [namespace = '', name = ''] = key.split('|')
    return readRelease(session, namespace, name)
  },
}

function objectKey(key: string): ObjectKey {
  const [apiVersion = '', kind = '', namespace = '', name = ''] = key.split('|')
  return { apiVersion, kind, namespace, name }
}

/** Throws `plan-stale` and names the first facts that are no longer true. */
export async function verifyFacts(session: ClusterSession, facts: readonly Precondition[]): Promise<void> {
  const now = await Promise.all(facts.map(async (fact) => ({ fact, value: await readers[fact.kind]?.(session, fact.key) })))
  const changed = now.filter(({ fact, value }) => value !== fact.value)
  if (changed.length === 0) return
  const named = changed
    .slice(0, 3)
    .map(({ fact, value }) => `${fact.kind} ${fact.key.replaceAll('|', ' ').trim()} was ${fact.value}, is ${value}`)
  throw new AdapterError('plan-stale', 'The cluster changed since the plan was made.', {
    cause: `${named.join('; ')}${changed.length > 3 ? `; and ${changed.length - 3} more` : ''}.`,
    remedy: 'Plan again, look at the new plan, then start it.',
  })
}

/** Throws `plan-stale` when the same call would now be another plan: a chart, the values or the target changed. */
export function verifyInputs(call: Call, inputs: unknown, digest: PlanDigest): void {
  if (hashInputs(call, inputs) === digest.inputs) return
  throw new AdapterError('plan-stale', 'What the plan was made from has changed: the charts, the values or the target.', {
    remedy: 'Plan again, look at the new plan, then start it.',
  })
}

/** What a plan was made from, as one hash; never of rendered objects, because charts make certificates anew each time. */
export function hashInputs({ action, version, target, parameters }: Call, inputs: unknown): string {
  const { installation, namespace, revision } = target
  const text = canonicalJson({ action, version, target: { installation, namespace, revision }, parameters, inputs })
  return sha256(text)
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

const notReadable = 'not readable'

async function readObject(session: ClusterSession, key: ObjectKey): Promise<string> {
  const object = await whenForbidden(session.get(key), null)
  if (object === null) return notReadable
  if (object === undefined) return 'absent'
  const { metadata, status: _status, ...content } = object
  if (metadata.generation !== undefined) return `${metadata.uid} generation ${metadata.generation}`
  // Kinds that count no generations: their resourceVersion also moves with the status, so the content is compared.
  return `${metadata.uid} content ${sha256(canonicalJson(content)).slice(0, 16)}`
}

async function readMarks(session: ClusterSession, key: ObjectKey): Promise<string> {
  const object = await whenForbidden(session.get(key), null)
  if (object === null) return notReadable
  if (object === undefined) return 'absent'
  const { uid, labels = {}, annotations = {} } = object.metadata
  return `${uid} marks ${sha256(canonicalJson({ labels, annotations })).slice(0, 16)}`
}

async function readNamespace(session: ClusterSession, name: string): Promise<string> {
  const namespace = await whenForbidden(session.get({ apiVersion: 'v1', kind: 'Namespace', name }), null)
  if (namespace === null) return notReadable
  if (namespace === undefined) return 'absent'
  return `${namespace.metadata.uid} ${namespace.metadata.deletionTimestamp ? 'terminating' : 'active'}`
}

async function readRelease(session: ClusterSession, namespace: string, name: string): Promise<string> {
  const release = await whenForbidden(latestRelease(session, { namespace, name }), null)
  if (release === null) return notReadable
  return release === undefined ? 'absent' : `revision ${release.revision} ${release.status}`
}
