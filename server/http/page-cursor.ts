import { AppError } from '../errors.js'

/** Where a page ended: the value that the list is sorted by, and the id that makes it unique. */
export interface Position {
  value: string | number
  id: string | number
}

/** Opaque to clients: base64url of [value, id]. */
export function encodeCursor({ value, id }: Position): string {
  return Buffer.from(JSON.stringify([value, id])).toString('base64url')
}

/** Throws AppError('invalid-request') for a text that is no cursor of ours. */
export function decodeCursor(cursor: string): Position {
  const [value, id, ...rest] = parseList(Buffer.from(cursor, 'base64url').toString('utf8'))
  if (!isKey(value) || !isKey(id) || rest.length > 0) throw notACursor()
  return { value, id }
}

/** A cursor names a position, not an item: what was removed in between does not disturb the walk. */
export interface PageOptions<Item> {
  limit: number
  cursor: string | undefined
  /** What the list is sorted by, and what makes an item unique in it. */
  positionOf: (item: Item) => Position
  descending?: boolean
}

/** Sorts a list that is in memory, and cuts out one page of it. */
export function pageOfItems<Item>(items: Item[], { limit, cursor, positionOf, descending = false }: PageOptions<Item>) {
  const sign = descending ? -1 : 1
  const order = (a: Position, b: Position) => sign * (compare(a.value, b.value) || compare(a.id, b.id))
  const after = cursor === undefined ? undefined : decodeCursor(cursor)
  const sorted = items.map((item) => ({ item, position: positionOf(item) })).sort((a, b) => order(a.position, b.position))
  const rest = after === undefined ? sorted : sorted.filter(({ position }) => order(position, after) > 0)
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  const next = rest.length > page.length && last ? { next: encodeCursor(last.position) } : {}
  return { items: page.map(({ item }) => item), ...next, total: items.length }
}

/** By code unit, not by locale: an order that is the same everywhere. */
function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function parseList(text: string): unknown[] {
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) ? parsed : []
  } catch (error) {
    throw notACursor(error)
  }
}

function isKey(value: unknown): value is string | number {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value))
}

function notACursor(from?: unknown): AppError {
  return new AppError('invalid-request', 'The cursor is not valid.', {
    remedy: 'Take "next" of the page before, unchanged, or leave it out.',
    errors: [{ pointer: '?cursor', message: 'is not a cursor of this list' }],
    from,
  })
}
