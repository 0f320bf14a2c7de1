import type { KubeObject } from '../../../kube/kube-object.js'
import { mergePatchObject } from '../../../kube/merge-patch-object.js'
import { objectPath } from '../../../kube/object-paths.js'
import type { PlannedObject } from '../../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ClusterSession } from '../cluster-session.js'
import { type FieldConflict, type Judgement, judgeApply, keyOf } from '../judge-object.js'
import { nameOf } from '../manifests.js'
import type { StepLog } from '../mesh-adapter.js'
import { whenForbidden } from '../when-forbidden.js'
import { type Edits, editFor, editObject, type FieldEdit } from './field-edits.js'
import { generalised, generalText, pathIn } from './field-path.js'
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
  const owned = fields.filter(({ path }) => pathIn(object, path) !== undefined)
  const edits: Edits = { namespace, edits: owned.flatMap((each) => editFor(object, each)) }
  const found: FieldConflict[] = []
  const shown = judgement.shown && editObject(judgement.shown, edits)
  const judge = (force: boolean) =>
    judgeApply(session, editObject(object, edits), { ...judgement, shown, force, onConflict: (conflict) => void found.push(conflict) })
  const planned = await judge(judgement.force)
  const conflicts = found.map((each) => ({ ...each, object, row: decides(rows, object, each) }))
  const open = conflicts.filter(({ row }) => row?.outcome !== 'set')
  const settled = owned.filter(({ row }) => row.outcome !== 'stop').map((each) => ({ ...each, object }))
  if (open.length > 0) return { planned: { ...planned, reason: open.map(openText).join(' ') }, settled: [], open }
  const judged = conflicts.length > 0 ? await judge(true) : planned
  return { planned: { ...judged, reason: [judged.reason, ...settled.map(settledText)].filter(Boolean).join(' ') }, settled, open }
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

/**
 * Settles, right before helm runs, what others own of a release's objects as they are: answers what helm is to send otherwise,
 * and takes a field from its owner where ours wins. Nothing else of the object changes.
 */
export async function settleFields(
  session: ClusterSession,
  objects: readonly KubeObject[],
  { policy, log }: { policy: readonly PolicyRow[]; log: StepLog },
): Promise<FieldEdit[]> {
  const edits: FieldEdit[] = []
  for (const object of objects) {
    const live = await session.get(keyOf(object))
    const owned = live ? (await findOwned(session, live, policy)).fields : []
    for (const each of owned) {
      if (each.row.outcome !== 'stop') log('debug', `${nameOf(object)}: ${settledText({ ...each, object })}`)
      edits.push(...editFor(object, each))
    }
    const taken = owned.filter(({ row }) => row.outcome === 'set')
    if (live && taken.length > 0) await takeFields(session, live, taken)
  }
  return edits
}

/** Only on the version that was read: who wrote meanwhile keeps the field, and helm says so. */
async function takeFields(session: ClusterSession, live: KubeObject, taken: readonly OwnedField[]): Promise<void> {
  const resource = await session.resource(live)
  if (resource === undefined) return
  const { resourceVersion, managedFields = [], namespace, name = '' } = live.metadata
  const left = managedFields.map((entry) => {
    const paths = taken.filter(({ manager }) => manager === entry.manager).map(({ path }) => path)
    return paths.length === 0 ? entry : { ...entry, fieldsV1: paths.reduce(withoutField, entry.fieldsV1 ?? {}) }
  })
  await mergePatchObject(session.connection, {
    path: objectPath(resource, { namespace, name }),
    patch: { metadata: { resourceVersion, managedFields: left.filter(({ fieldsV1 = {} }) => Object.keys(fieldsV1).length > 0) } },
    fieldManager: 'helm',
  })
}
