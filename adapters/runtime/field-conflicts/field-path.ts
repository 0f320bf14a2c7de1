import { z } from 'zod'

/** Tell an item of a list. */
export const ItemKeys = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

/** Where a field is in an object, from the top; an item of a list is told by its keys, as `{name: "a"}`. */
export const FieldPath = z.array(z.union([z.string(), ItemKeys]))
export type FieldPath = z.infer<typeof FieldPath>

/** `webhooks[].namespaceSelector`: the same for all items. */
export function generalText(path: FieldPath): string {
  return path
    .map((step) => (typeof step === 'string' ? `.${step}` : '[]'))
    .join('')
    .slice(1)
}

/** As the API server spells it: `.webhooks[name="a"].namespaceSelector`. */
export function fieldText(path: FieldPath): string {
  return path.map((step) => (typeof step === 'string' ? `.${step}` : `[${keysText(step)}]`)).join('')
}

function keysText(keys: z.infer<typeof ItemKeys>): string {
  const sorted = Object.entries(keys).sort(([one], [other]) => (one < other ? -1 : 1))
  return sorted.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')
}

/** The API server's `.webhooks[name="a"].namespaceSelector`, the same for all items. */
export function generalised(field: string): string {
  return field.replace(/^\./, '').replaceAll(/\[[^\]]*\]/g, '[]')
}

/** The path with positions instead of keys; undefined where the value has no such field. */
export function pathIn(value: unknown, [step, ...rest]: FieldPath): (string | number)[] | undefined {
  if (step === undefined) return []
  const key = typeof step === 'string' ? step : positionOf(value, step)
  const child = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined
  const more = child === undefined ? undefined : pathIn(child, rest)
  return more && [key, ...more]
}

/** Undefined where the value has no such field. */
export function valueIn(value: unknown, path: FieldPath): unknown {
  return pathIn(value, path)?.reduce((part: unknown, step) => (isRecord(part) ? part[step] : undefined), value)
}

function positionOf(value: unknown, keys: z.infer<typeof ItemKeys>): number {
  if (!Array.isArray(value)) return -1
  return value.findIndex((item) => isRecord(item) && Object.entries(keys).every(([key, wanted]) => item[key] === wanted))
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === 'object' && value !== null
}
