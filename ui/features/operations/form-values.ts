import { type Document, isMap, isScalar, parseDocument } from 'yaml'
import type { FormField } from './parameter-schema.js'
import { readYamlMapping } from './read-yaml.js'

/** What the YAML says at a field: its text, empty where it says nothing, and why it cannot stay so. */
export interface FieldState {
  text: string
  error: string | undefined
  /** The YAML cannot be read, or holds something else on the way: only the YAML can be edited. */
  locked: boolean
}

const wanted = { integer: 'a whole number', number: 'a number', boolean: 'true or false, without quotes', text: 'a single text' }

/** Reads a field off the YAML, which is the one truth: what is typed there shows in the field. */
export function readField(yaml: string, field: FormField): FieldState {
  const { path } = field
  const read = readYamlMapping(yaml)
  if ('error' in read) return { text: '', error: undefined, locked: true }
  const barred = path.findIndex((_, index) => index > 0 && isBarrier(valueAt(read.values, path.slice(0, index))))
  if (barred > 0) return { text: '', error: `${path.slice(0, barred).join('.')} holds no mapping in the values below`, locked: true }
  const value = valueAt(read.values, path)
  if (value === undefined || value === null) return { text: '', error: undefined, locked: false }
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value)
  const must = fits(field.type, value) ? rangeMissed(field, value) : wanted[field.type]
  return { text, error: must && `${path.join('.')} must be ${must}, and is ${JSON.stringify(value)}`, locked: false }
}

/** The YAML with the field as it was typed; everything else, comments too, stays as it is. Empty text takes the value out. */
export function writeField(yaml: string, { path, type, also }: FormField, typed: string): string {
  const document = parseDocument(yaml)
  const others = leavesOf(also)
  if (typed === '') {
    for (const [at, value] of others) if (document.getIn(at) === value) takeOut(document, at)
    takeOut(document, path)
  } else {
    put(document, path, typedAs(type, typed))
    if (typed === 'true') for (const [at, value] of others) put(document, at, value)
  }
  const isEmpty = isMap(document.contents) && document.contents.items.length === 0
  return isEmpty && !document.commentBefore && !document.comment ? '' : document.toString({ lineWidth: 0 })
}

function typedAs(type: FormField['type'], typed: string): string | number | boolean {
  if (type === 'boolean' && (typed === 'true' || typed === 'false')) return typed === 'true'
  const isNumber = (type === 'integer' || type === 'number') && typed.trim() !== '' && Number.isFinite(Number(typed))
  return isNumber ? Number(typed) : typed
}

// What is named without a value ("resources:") is no mapping to write into yet.
function put(document: Document, path: readonly string[], value: unknown): void {
  for (let depth = 1; depth < path.length; depth += 1) {
    const within = document.getIn(path.slice(0, depth), true)
    if (isScalar(within) && within.value === null) document.deleteIn(path.slice(0, depth))
  }
  document.setIn(path, value)
}

function takeOut(document: Document, path: readonly string[]): void {
  if (!document.hasIn(path)) return
  document.deleteIn(path)
  const parent = path.slice(0, -1)
  const within = document.getIn(parent, true)
  if (parent.length > 0 && isMap(within) && within.items.length === 0) takeOut(document, parent)
}

function leavesOf(values: Record<string, unknown>, path: string[] = []): [string[], unknown][] {
  return Object.entries(values).flatMap(([key, value]): [string[], unknown][] =>
    isMapping(value) ? leavesOf(value, [...path, key]) : [[[...path, key], value]],
  )
}

function valueAt(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((within, key) => (isMapping(within) ? within[key] : undefined), values)
}

function isBarrier(value: unknown): boolean {
  return value !== undefined && value !== null && !isMapping(value)
}

// As the adapters judge it at the plan (value-form.ts): text that reads as a number is as good, and a condition takes any text for true.
function fits(type: FormField['type'], value: unknown): boolean {
  if (typeof value === 'object') return false
  if (type === 'text') return true
  if (type === 'boolean' || typeof value === 'boolean') return type === typeof value
  const text = String(value)
  const number = text.trim() === '' ? Number.NaN : Number(text)
  return type === 'integer' ? Number.isInteger(number) : Number.isFinite(number)
}

/** What a value would have to be, where it is beyond the limits of its field. */
function rangeMissed({ minimum, maximum }: FormField, value: unknown): string | undefined {
  const number = Number(value)
  const isWithin = (minimum === undefined || number >= minimum) && (maximum === undefined || number <= maximum)
  const parts = [minimum === undefined ? [] : `at least ${minimum}`, maximum === undefined ? [] : `at most ${maximum}`]
  return isWithin ? undefined : parts.flat().join(' and ')
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
