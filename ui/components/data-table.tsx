import type { ReactNode } from 'react'
import styles from './data-table.module.css'

/** One column: its heading and how a row fills it. `grow` takes the free width, `end` aligns figures, `tight` keeps one line. */
export interface Column<Row> {
  title: string
  cell: (row: Row) => ReactNode
  grow?: boolean
  end?: boolean
  tight?: boolean
}

interface DataTableProps<Row> {
  caption: string
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  rowKey: (row: Row) => string | number
}

/**
 * A dense table. In a narrow place every row becomes a small list of its own, so nothing scrolls sideways.
 * Rows stay in the order in which they come: sorting is the server's, and never done anew for each event.
 */
export function DataTable<Row>({ caption, columns, rows, rowKey }: DataTableProps<Row>) {
  return (
    <div className={styles.frame}>
      <table className={styles.table}>
        <caption className={styles.caption}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={classOf(column)}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowKey(row)}>
              {columns.map((column) => (
                <td key={column.title} data-label={column.title} className={classOf(column)}>
                  <div className={styles.cell}>{column.cell(row)}</div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

function classOf({ grow = false, end = false, tight = false }: { grow?: boolean; end?: boolean; tight?: boolean }): string {
  return `${grow ? styles.grow : ''} ${end ? styles.end : ''} ${tight ? styles.tight : ''}`
}
