import { isMap, type Json, type JsonMap, mapOf, textOf } from '../json.js'
import { isSame } from '../json-parts.js'
import { badRequest, StatusError } from '../status-error.js'

/** RFC 6902. Throws 400 for what is no patch, 422 when an operation or a test does not fit the object. */
export function applyJsonPatch(object: JsonMap, patch: Json): JsonMap {
  if (!Array.isArray(patch)) throw badRequest('error decoding patch: json: cannot unmarshal into Go value of type jsonpatch.Patch')
  return mapOf(patch.map(mapOf).reduce<Json>(applyOperation, object))
}

function applyOperation(document: Json, operation: JsonMap): Json {
  const op = textOf(operation.op)
  const apply = Object.hasOwn(operations, op) ? operations[op] : undefined
  if (!apply) throw badRequest(`Unexpected kind: ${op}`)
  const [path, from] = [parsePointer(textOf(operation.path)), parsePointer(textOf(operation.from))]
  return apply(document, { path, from, value: operation.value ?? null })
}

interface Operation {
  path: readonly string[]
  from: readonly string[]
  value: Json
}

const operations: Record<string, (document: Json, operation: Operation) => Json> = {
  add: (document, { path, value }) => put(document, path, value),
  replace: (document, { path, value }) => put(removed(document, path), path, value),
  remove: (document, { path }) => removed(document, path),
  copy: (document, { path, from }) => put(document, path, read(document, from)),
  move: (document, { path, from }) => put(removed(document, from), path, read(document, from)),
  test(document, { path, value }) {
    if (!isSame(read(document, path), value)) throw unfit('testing path failed', { path: `/${path.join('/')}` })
    return document
  },
}

function put(document: Json, path: readonly string[], value: Json): Json {
  return edit(document, path, () => value)
}

function removed(document: Json, path: readonly string[]): Json {
  read(document, path)
  return edit(document, path, () => undefined)
}

function parsePointer(text: string): string[] {
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function read(document: Json, path: readonly string[]): Json {
  return path.reduce<Json>((value, key) => {
    const inner = Array.isArray(value) ? value[Number(key)] : isMap(value) && Object.hasOwn(value, key) ? value[key] : undefined
    if (inner === undefined) throw unfit('missing value', { path: `/${path.join('/')}` })
    return inner
  }, document)
}

/** Sets (in lists: inserts) the value at a path, or removes what is there when it is undefined. */
function edit(document: Json, [key = '', ...rest]: readonly string[], value: () => Json | undefined): Json {
  if (Array.isArray(document)) {
    const index = key === '-' ? document.length : Number(key)
    if (!Number.isInteger(index) || index < 0 || index > document.length) throw unfit('index out of range', { path: key })
    if (rest.length > 0) return document.with(index, edit(document[index] ?? null, rest, value))
    const next = value()
    return next === undefined ? document.toSpliced(index, 1) : document.toSpliced(index, 0, next)
  }
  if (!isMap(document)) throw unfit('missing path', { path: key })
  if (rest.length > 0) {
    const inner = document[key]
    if (inner === undefined) throw unfit('missing path', { path: `/${[key, ...rest].join('/')}` })
    return { ...document, [key]: edit(inner, rest, value) }
  }
  const next = value()
  if (next !== undefined) return { ...document, [key]: next }
  return Object.fromEntries(Object.entries(document).filter(([name]) => name !== key))
}

function unfit(why: string, operation: JsonMap): StatusError {
  return new StatusError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${why} at ${textOf(operation.path)}`,
  )
}
