import { stringify } from 'yaml'
import type { Answer } from './api-client.js'
import type { Terminal, Tone } from './terminal.js'
import { textTable } from './text-table.js'
import { wrapText } from './wrap-text.js'

export const outputFormats = ['table', 'wide', 'json', 'yaml', 'name'] as const
/** As kubectl names them; `wide` is a table with more columns. */
export type OutputFormat = (typeof outputFormats)[number]

/** Where to print, and how. */
export interface Output {
  terminal: Terminal
  format: OutputFormat
}

/** One column of a table; an undefined value is shown as a dash, an empty one as nothing. */
export interface Column<Item> {
  title: string
  value: (item: Item) => string | number | undefined
  tone?: (item: Item) => Tone | undefined
  /** Shown by `-o wide` only. */
  wide?: boolean
}

/** How one kind of resource is shown. */
export interface ResourceView<Item> {
  /** `kind/name`, as `-o name` prints it. */
  name: (item: Item) => string
  columns: Column<Item>[]
  /** Said on stderr instead of a table without rows. */
  none: string
}

/** A list by the format that was asked for: rows to stdout, and that there are none to stderr. */
export function printList<Item>({ terminal, format }: Output, view: ResourceView<Item>, { value, body }: Answer<Item[]>): void {
  if (format === 'json' || format === 'yaml') printBody(terminal, body, format)
  else if (format === 'name') for (const item of value) terminal.data(view.name(item))
  else if (value.length === 0) terminal.talk(wrapText(view.none, { columns: terminal.columns }))
  else
    terminal.data(
      tableOf(
        terminal,
        view.columns.filter(({ wide }) => format === 'wide' || !wide),
        value,
      ),
    )
}

/** One resource: a table of one row, or the REST body. */
export function printOne<Item>(output: Output, view: ResourceView<Item>, { value, body }: Answer<Item>): void {
  printList(output, view, { value: [value], body })
}

/** The REST body unchanged. */
export function printBody(terminal: Terminal, body: unknown, format: 'json' | 'yaml'): void {
  terminal.data(format === 'json' ? JSON.stringify(body, null, 2) : stringify(body).trimEnd())
}

// A column that has nothing to say in any row is left out.
function tableOf<Item>(terminal: Terminal, columns: Column<Item>[], items: Item[]): string {
  const telling = columns.filter(({ value }) => items.some((item) => value(item) !== ''))
  const rows = items.map((item) => telling.map(({ value, tone }) => terminal.paint(String(value(item) ?? '-'), tone?.(item))))
  return textTable(
    telling.map(({ title }) => title),
    rows,
  )
}
