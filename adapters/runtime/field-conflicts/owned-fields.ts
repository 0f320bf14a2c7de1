import { z } from 'zod'
import type { KubeObject, OwnedFields } from '../../../kube/kube-object.js'
import type { ClusterSession } from '../cluster-session.js'
import { whenForbidden } from '../when-forbidden.js'
import { type FieldPath, ItemKeys } from './field-path.js'
import { isAbout, type PolicyRow, rowFor } from './field-policy.js'

/** A field of a live object that somebody else owns, with the row that decides over it. */
export interface OwnedField {
  row: PolicyRow
  manager: string
  path: FieldPath
}

/** A live object's fields of others, and the rows that hold for it as things are. */
export interface Owned {
  rows: readonly PolicyRow[]
  fields: OwnedField[]
}

/** What others own of the fields that the policy speaks of. */
export async function findOwned(session: ClusterSession, live: KubeObject, policy: readonly PolicyRow[]): Promise<Owned> {
  const fields = ownedFields(live, policy)
  if (fields.every(({ row }) => row.when === undefined) || (await isAutoscaled(session, live))) return { rows: policy, fields }
  const rows = policy.filter(({ when }) => when === undefined)
  return { rows, fields: ownedFields(live, rows) }
}

const Scaler = z.looseObject({ spec: z.looseObject({ scaleTargetRef: z.looseObject({ kind: z.string(), name: z.string() }) }) })

/** Who may not look takes it for scaled: then its value is left alone. */
async function isAutoscaled(session: ClusterSession, { kind, metadata }: KubeObject): Promise<boolean> {
  const selection = metadata.namespace === undefined ? {} : { namespace: metadata.namespace }
  const scalers = await whenForbidden(session.list({ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' }, selection), null)
  if (scalers === null) return true
  return scalers.some((scaler) => {
    const target = Scaler.parse(scaler).spec.scaleTargetRef
    return target.kind === kind && target.name === metadata.name
  })
}

/** As the API server keeps it in the object's metadata. */
export function ownedFields({ kind, metadata }: KubeObject, policy: readonly PolicyRow[]): OwnedField[] {
  const fields = new Set(policy.filter((row) => isAbout(row, kind)).map(({ field }) => field))
  return (metadata.managedFields ?? []).flatMap(({ manager = '', fieldsV1 = {} }) =>
    [...fields].flatMap((field) => {
      const row = rowFor(policy, { kind, field, manager })
      return row ? pathsOf(fieldsV1, stepsOf(field)).map((path) => ({ row, manager, path })) : []
    }),
  )
}

/** The claims of a manager without one field. */
export function withoutField(fields: OwnedFields, [step, ...rest]: FieldPath): OwnedFields {
  const key = Object.keys(fields).find((name) => step !== undefined && isStep(name, step))
  const child = key && fields[key]
  if (!key || !child) return fields
  const { [key]: _claim, ...others } = fields
  const left = rest.length === 0 ? {} : withoutField(child, rest)
  return Object.keys(left).every((name) => name === '.') ? others : { ...others, [key]: left }
}

function isStep(name: string, step: FieldPath[number]): boolean {
  if (typeof step === 'string') return name === `f:${step}`
  return name.startsWith('k:') && JSON.stringify(keysOf(name)) === JSON.stringify(step)
}

function stepsOf(field: string): string[] {
  return field.replaceAll('[]', '.[]').split('.')
}

function pathsOf(fields: OwnedFields, [step, ...rest]: readonly string[]): FieldPath[] {
  if (step === undefined) return [[]]
  return Object.entries(fields).flatMap(([name, child]) => {
    if (step !== '[]') return name === `f:${step}` ? pathsOf(child, rest).map((path) => [step, ...path]) : []
    return name.startsWith('k:') ? pathsOf(child, rest).map((path) => [keysOf(name), ...path]) : []
  })
}

/** `k:{"name":"a"}`: an item of a list by its keys. */
function keysOf(name: string): z.infer<typeof ItemKeys> {
  return ItemKeys.parse(JSON.parse(name.slice(2)))
}
