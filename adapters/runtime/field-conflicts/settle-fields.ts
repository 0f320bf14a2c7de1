import { KubeError } from '../../../kube/kube-client.js'
import type { KubeObject } from '../../../kube/kube-object.js'
import { mergePatchObject } from '../../../kube/merge-patch-object.js'
import { objectPath } from '../../../kube/object-paths.js'
import type { PlannedObject } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import { canonicalJson } from '../canonical-json.js'
import type { ClusterSession } from '../cluster-session.js'
import { type FieldConflict, type Judgement, judgeApply, keyOf } from '../judge-object.js'
import { nameOf } from '../manifests.js'
import type { StepLog } from '../mesh-adapter.js'
import { whenForbidden } from '../when-forbidden.js'
import { type Edits, editFor, editObject, type FieldEdit } from './field-edits.js'
import { fieldText, generalised, generalText, pathIn, valueIn } from './field-path.js'
import { isAbout, type PolicyRow, rowFor } from './field-policy.js'
import { findOwned, type OwnedField, withoutField } from './owned-fields.js'

/** One object of a chart, judged by the policy: what of it is settled, and what nobody may settle. */
export interface JudgedFields {
  planned: PlannedObject
  settled: SettledField[]
  /** Each is why the object is refused. */
  open: OpenConflict[]
}

/** A field whose owner the policy knows. */
export interface SettledField extends OwnedField {
  object: KubeObject
}

/** A field that is not ours to change: no row knows its owner, or one says to stop. */
export interface OpenConflict extends FieldConflict {
  object: KubeObject
  row: PolicyRow | undefined
}

/** What applying the object would do when the policy has its way with fields of others. */
export async function judgeFields(
  session: ClusterSession,
  object: KubeObject,
  { policy, judgement, namespace }: { policy: readonly PolicyRow[]; judgement: Judgement; namespace: string },
): Promise<JudgedFields> {
  const live = policy.some((row) => isAbout(row, object.kind)) ? await whenForbidden(session.get(keyOf(object)), undefined) : undefined
  const { rows, fields } = live ? await findOwned(session, live, policy) : { rows: policy, fields: [] }
  const owned = fields.filter((each) => isSent(object, each))
  const edits: Edits = { namespace, edits: owned.flatMap((each) => editFor(object, each)) }
  const found: FieldConflict[] = []
  const shown = judgement.shown && editObject(judgement.shown, edits)
  const judge = (force: boolean) =>
    judgeApply(session, editObject(object, edits), { ...judgement, shown, force, onConflict: (conflict) => void found.push(conflict) })
  const planned = await judge(judgement.force)
  const conflicts = found.map((each) => ({ ...each, object, row: decides(rows, object, each) }))
  const open = conflicts.filter(({ row }) => row?.outcome !== 'set')
  const changing = owned.filter((each) => each.row.outcome === 'yield' || (each.row.outcome === 'set' && conflicts.some(isOf(each))))
  const settled = changing.map((each) => ({ ...each, object }))
  if (open.length > 0) return { planned: { ...planned, reason: open.map(openText).join(' ') }, settled: [], open }
  const judged = conflicts.length > 0 ? await judge(true) : planned
  return { planned: { ...judged, reason: [judged.reason, ...settled.map(settledText)].filter(Boolean).join(' ') }, settled, open }
}

/** Fields that the chart does not set stay with whoever owns them. */
function isSent(object: KubeObject, { path }: OwnedField): boolean {
  return pathIn(object, path) !== undefined
}

/** Whether a conflict is in the field: the field itself, or a part of it. */
function isOf({ path, manager }: OwnedField): (conflict: FieldConflict) => boolean {
  const field = fieldText(path)
  return (conflict) =>
    conflict.manager === manager && (conflict.field === field || ['.', '['].some((next) => conflict.field.startsWith(field + next)))
}

function decides(policy: readonly PolicyRow[], { kind }: KubeObject, { field, manager }: FieldConflict): PolicyRow | undefined {
  return rowFor(policy, { kind, field: generalised(field), manager })
}

function openText({ field, manager }: OpenConflict): string {
  return `${manager} owns ${field}, and its value would change.`
}

function settledText({ row, manager, path }: SettledField): string {
  return row.outcome === 'yield'
    ? `${generalText(path)} stays as ${manager} wrote it.`
    : `${generalText(path)} is ours from now on, and no longer ${manager}'s.`
}

/** Who settles, by which rows, and until when. */
interface Settling {
  policy: readonly PolicyRow[]
  /** Of the release: for objects that name none. */
  namespace: string
  log: StepLog
  signal: AbortSignal
}

/**
 * Settles, right before helm runs, what others own of the objects that it is going to send: answers what it is to send
 * otherwise, and takes a field from its owner where ours wins. Nothing else of the objects changes.
 */
export async function settleFields(session: ClusterSession, objects: readonly KubeObject[], settling: Settling): Promise<FieldEdit[]> {
  const edits: FieldEdit[] = []
  for (const object of objects) {
    if (!settling.policy.some((row) => isAbout(row, object.kind))) continue
    const owned = await settleObject(session, object, settling)
    edits.push(...owned.flatMap((each) => editFor(object, each)))
  }
  return edits
}

/** A status that is written is another version, too, so one refusal says little. */
const attempts = 3

/** Answers what others own of an object. What still cannot be taken in the end is left to helm, which says whose it is. */
async function settleObject(
  session: ClusterSession,
  object: KubeObject,
  { policy, namespace, log, signal }: Settling,
): Promise<OwnedField[]> {
  const say = (fields: readonly OwnedField[]) => {
    for (const each of fields) log('debug', `${nameOf(object)}: ${settledText({ ...each, object })}`)
  }
  for (let attempt = 1; ; attempt++) {
    signal.throwIfAborted()
    const live = await session.get(keyOf(object))
    if (live === undefined) return []
    const owned = (await findOwned(session, live, policy)).fields.filter((each) => isSent(object, each))
    const sent = editObject(object, { namespace, edits: owned.flatMap((each) => editFor(object, each)) })
    const taken = owned.filter(({ row, path }) => row.outcome === 'set' && differs(valueIn(live, path), valueIn(sent, path)))
    const yielded = owned.filter(({ row }) => row.outcome === 'yield')
    const isSettled = taken.length === 0 || (await takeFields(session, live, { taken, signal }))
    if (isSettled) say([...yielded, ...taken])
    if (isSettled) return owned
    if (attempt < attempts) continue
    log('warning', `${nameOf(object)} was written at the same time, ${attempts} times: its fields are left to helm as they are.`)
    say(yielded)
    return owned
  }
}

function differs(live: unknown, sent: unknown): boolean {
  return canonicalJson(live ?? null) !== canonicalJson(sent ?? null)
}

/** Only on the version that was read: false when it is another one by now. */
async function takeFields(
  session: ClusterSession,
  live: KubeObject,
  { taken, signal }: { taken: readonly OwnedField[]; signal: AbortSignal },
): Promise<boolean> {
  const resource = await session.resource(live)
  if (resource === undefined) return true
  const { resourceVersion, managedFields = [], namespace, name = '' } = live.metadata
  const left = managedFields.map((entry) => {
    const paths = taken.filter(({ manager }) => manager === entry.manager).map(({ path }) => path)
    return paths.length === 0 ? entry : { ...entry, fieldsV1: paths.reduce(withoutField, entry.fieldsV1 ?? {}) }
  })
  const patched = mergePatchObject(session.connection, {
    path: objectPath(resource, { namespace, name }),
    patch: { metadata: { resourceVersion, managedFields: left.filter(({ fieldsV1 = {} }) => Object.keys(fieldsV1).length > 0) } },
    fieldManager: 'helm',
    signal,
  })
  return patched.then(
    () => true,
    (error: unknown) => {
      if (error instanceof KubeError && error.status === 409) return false
      throw error
    },
  )
}
