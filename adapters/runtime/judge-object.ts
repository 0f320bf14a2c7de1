import { applyObject } from '../../kube/apply-object.js'
import type { KubeConnection } from '../../kube/connection.js'
import { deleteObject } from '../../kube/delete-object.js'
import type { KubeResource } from '../../kube/discover-resources.js'
import { KubeError } from '../../kube/kube-client.js'
import type { KubeObject } from '../../kube/kube-object.js'
import { mergePatchObject } from '../../kube/merge-patch-object.js'
import { objectPath } from '../../kube/object-paths.js'
import { Change, type PlannedObject, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { timedConnection } from './admission/timed-connection.js'
import { noteSlow, noteUnreachable, slowWebhookFor, type Trial } from './admission/unanswered-webhooks.js'
import type { Arrivals } from './arrivals.js'
import type { ClusterSession } from './cluster-session.js'
import { refOf, toYaml } from './manifests.js'
import { hideRegenerated, maskObject } from './mask-object.js'
import { whenForbidden } from './when-forbidden.js'

/** By what an object is judged: on whose behalf, and after which steps. */
export interface Judgement {
  step: string
  /** Who will own the fields: a conflict with another owner is a refusal, as it will be in the real run. */
  fieldManager: string
  force: boolean
  arrivals: Arrivals
  /** The object with what each render makes anew replaced by a fixed text; missing when nothing is. */
  shown?: KubeObject | undefined
  /** Managers that write into such objects at run time and are no strangers. */
  expectedManagers: readonly string[]
  /** Told of each field that another manager owns and that the object would change: for each the dry run is refused. */
  onConflict?: ((conflict: FieldConflict) => void) | undefined
  signal: AbortSignal
}

/** A field as the API server names it, such as `.webhooks[name="a"].failurePolicy`. */
export interface FieldConflict {
  field: string
  manager: string
}

/** Dry runs under way for one plan. The API server takes some hundred at once from all its clients. */
export const judgedAtOnce = 6

interface Judged {
  change: PlannedObject['change']
  verdict: PlannedObject['verdict']
  reason: string
  after: KubeObject | undefined
}

/** What applying an object would do, in the words of the API server's own dry run where it can make one. */
export async function judgeApply(session: ClusterSession, object: KubeObject, judgement: Judgement): Promise<PlannedObject> {
  const resource = await session.resource(object)
  if (resource === undefined) return planned(object, judgement, { before: undefined, ...unknownKind(object, judgement.arrivals) })
  // Who may not read it may not apply it either: the dry run says so.
  const before = await whenForbidden(session.get(keyOf(object)), undefined)
  const judged = await tryApply(session, object, { resource, before, judgement })
  return planned(object, judgement, { before, ...judged })
}

/** What a merge patch would do to an object that was read; the patch says nothing of what it does not name. */
export async function judgePatch(
  session: ClusterSession,
  { object, patch }: { object: KubeObject; patch: unknown },
  judgement: Judgement,
): Promise<PlannedObject> {
  const resource = await session.resource(object)
  if (resource === undefined) return planned(object, judgement, { before: undefined, ...unknownKind(object, judgement.arrivals) })
  const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
  const { fieldManager, signal } = judgement
  const judged = await dryRun(session, judgement, {
    ...{ operation: 'UPDATE', object, resource, expected: Change.CHANGE_UPDATE, otherwise: object },
    send: (connection) => mergePatchObject(connection, { path, patch, fieldManager, dryRun: true, signal }),
  })
  return planned(object, judgement, { before: object, ...judged })
}

/** What deleting an object would do. An object that is not there is kept as it is: absent. */
export async function judgeDelete(session: ClusterSession, object: KubeObject, judgement: Judgement): Promise<PlannedObject> {
  const resource = await session.resource(object)
  const before = resource && (await whenForbidden(session.get(keyOf(object)), object))
  if (resource === undefined || before === undefined) {
    const reason = 'It is not there.'
    return planned(object, judgement, { before, change: Change.CHANGE_KEEP, verdict: Verdict.VERDICT_SERVER, reason, after: undefined })
  }
  const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
  const judged = await dryRun(session, judgement, {
    ...{ operation: 'DELETE', object: before, resource, expected: Change.CHANGE_DELETE, otherwise: undefined },
    send: async (connection) => {
      await deleteObject(connection, { path, dryRun: true, signal: judgement.signal })
      return undefined
    },
  })
  return planned(object, judgement, { before, ...judged })
}

async function tryApply(
  session: ClusterSession,
  object: KubeObject,
  { resource, before, judgement }: { resource: KubeResource; before: KubeObject | undefined; judgement: Judgement },
): Promise<Judged> {
  const { fieldManager, force, signal } = judgement
  const path = objectPath(resource, { namespace: object.metadata.namespace, name: object.metadata.name ?? '' })
  const fieldValidation = 'Strict' as const
  const judged = await dryRun(session, judgement, {
    ...{ operation: before ? 'UPDATE' : 'CREATE', object, resource },
    ...{ expected: before ? Change.CHANGE_UPDATE : Change.CHANGE_CREATE, otherwise: object },
    send: (connection) => applyObject(connection, { path, object, fieldManager, dryRun: true, force, fieldValidation, signal }),
  })
  const { verdict, after } = judged
  const isSame = before && after && verdict === Verdict.VERDICT_SERVER && show(before, object, judgement) === show(after, object, judgement)
  return isSame ? { ...judged, change: Change.CHANGE_KEEP } : judged
}

/** A request that the API server tries out, and what to say when it does not. */
interface DryRun extends Trial {
  expected: PlannedObject['change']
  /** What the object is shown as without an answer. */
  otherwise: KubeObject | undefined
  send(connection: KubeConnection): Promise<KubeObject | undefined>
}

/** Asks the API server, unless it would wait for a webhook that did not answer in time before. */
async function dryRun(session: ClusterSession, judgement: Judgement, trial: DryRun): Promise<Judged> {
  const { expected: change, otherwise, object, send } = trial
  const slow = await slowWebhookFor(session, trial)
  if (slow !== undefined) {
    const reason = `The admission webhook ${slow.name} did not answer in time before, and is not waited for again.`
    return { change, verdict: Verdict.VERDICT_DEFERRED, reason, after: otherwise }
  }
  const timed = timedConnection(session.connection)
  const answer = await send(timed.connection).then(
    (after) => ({ after }),
    (error: unknown) => ({ error }),
  )
  const tookMs = timed.tookMs()
  if (!('error' in answer)) {
    await noteSlow(session, trial, tookMs)
    return { change, verdict: Verdict.VERDICT_SERVER, reason: '', after: answer.after }
  }
  const { error } = answer
  tellConflicts(error, judgement)
  const unreachable = error instanceof KubeError ? await noteUnreachable(session, trial, error.message) : undefined
  const refusal = judgeRefusal(error, { object, arrivals: judgement.arrivals, unreachable })
  // Else the time was that one's.
  if (unreachable === undefined) await noteSlow(session, trial, tookMs)
  return { change, ...refusal, after: otherwise }
}

function tellConflicts(error: unknown, { onConflict }: Judgement): void {
  if (!(error instanceof KubeError) || error.status !== 409) return
  for (const { reason, field = '', message = '' } of error.causes) {
    if (reason === 'FieldManagerConflict') onConflict?.({ field, manager: /^conflict with "([^"]*)"/.exec(message)?.[1] ?? '' })
  }
}

function unknownKind(object: KubeObject, { kinds }: Arrivals): Judged {
  const step = kinds.get(`${object.apiVersion}/${object.kind}`)
  const change = Change.CHANGE_CREATE
  if (step !== undefined) {
    const reason = `Its kind comes with the definition that step "${step}" brings.`
    return { change, verdict: Verdict.VERDICT_DEFERRED, reason, after: object }
  }
  const reason = `The cluster does not know the kind ${object.kind} of ${object.apiVersion}.`
  return { change, verdict: Verdict.VERDICT_REFUSED, reason, after: object }
}

// The API server answers 500 to a field that it does not know in a server-side apply.
const notInSchema = /failed to create typed patch object|field not declared in schema/
const webhookNotDryRunSafe = /admission webhook "([^"]+)" does not support dry run/

/** Turns the API server's answer to a dry run into a verdict. What is no answer about this object rises. */
function judgeRefusal(
  error: unknown,
  { object, arrivals, unreachable }: { object: KubeObject; arrivals: Arrivals; unreachable: string | undefined },
): Pick<Judged, 'verdict' | 'reason'> {
  if (!(error instanceof KubeError) || error.status === 401 || error.status === 429) throw error
  const deferred = (reason: string) => ({ verdict: Verdict.VERDICT_DEFERRED, reason })
  const unsafe = webhookNotDryRunSafe.exec(error.message)
  if (unsafe) return deferred(`The admission webhook ${unsafe[1]} allows no dry run.`)
  if (unreachable) return deferred(`The admission webhook ${unreachable} cannot be reached: ${error.message}`)
  const namespace = object.metadata.namespace ?? ''
  const step = arrivals.namespaces.get(namespace)
  if (error.status === 404 && step !== undefined) return deferred(`Its namespace ${namespace} comes with step "${step}".`)
  if (notInSchema.test(error.message)) return { verdict: Verdict.VERDICT_REFUSED, reason: error.message }
  if (error.status >= 500) return deferred(`The API server could not do a dry run: ${error.message}`)
  return { verdict: Verdict.VERDICT_REFUSED, reason: error.message }
}

function planned(
  object: KubeObject,
  judgement: Judgement,
  { before, change, verdict, reason, after }: Judged & { before: KubeObject | undefined },
): PlannedObject {
  const { step, fieldManager, expectedManagers } = judgement
  const ours = [fieldManager, ...expectedManagers]
  return {
    step,
    object: refOf(object),
    change,
    verdict,
    reason,
    beforeYaml: before ? show(before, object, judgement) : '',
    afterYaml: after ? show(after, object, judgement) : '',
    foreignOwners: before ? foreignOwners(before, ours) : [],
  }
}

function show(live: KubeObject, rendered: KubeObject, { shown }: Judgement): string {
  return toYaml(maskObject(shown ? hideRegenerated(live, rendered, shown) : live))
}

/** Field managers of the live object that are none of ours. Writers of status own no wish of anybody's. */
function foreignOwners({ metadata }: KubeObject, ours: readonly string[]): string[] {
  const managers = (metadata.managedFields ?? []).filter(({ subresource }) => !subresource).map(({ manager }) => manager ?? '')
  return [...new Set(managers)].filter((manager) => manager !== '' && !manager.startsWith('meshwright') && !ours.includes(manager))
}

/** The key by which an object is looked up. */
export function keyOf({ apiVersion, kind, metadata }: KubeObject) {
  return { apiVersion, kind, namespace: metadata.namespace, name: metadata.name ?? '' }
}
