import { type Column, DataTable } from '../../components/data-table.js'
import type { Schema } from '../../lib/schema.js'
import styles from './plan-view.module.css'

type Leftover = Schema<'ExpectedLeftover'>

const columns: readonly Column<Leftover>[] = [
  { title: 'What stays', grow: true, cell: (row) => row.description },
  { title: 'Why', cell: (row) => row.reason },
  { title: 'How to remove it', cell: (row) => <Removal by={row.removeBy} /> },
]

/**
 * What will stay behind on purpose, and how to remove it.
 * Said before the start, so that the audit afterwards has no surprises.
 */
export function PlanLeftovers({ leftovers }: { leftovers: readonly Leftover[] }) {
  if (leftovers.length === 0) return null
  return (
    <div className={styles.part}>
      <h3 className={styles.heading}>What stays behind</h3>
      <DataTable
        caption="Expected leftovers"
        columns={columns}
        rows={leftovers}
        rowKey={(row) => `${row.description} ${row.object?.namespace ?? ''} ${row.object?.name ?? ''}`}
      />
    </div>
  )
}

// A command to copy, or a sentence: only the command looks like one.
function Removal({ by = 'Nothing to do.' }: { by?: string | undefined }) {
  return by.startsWith('kubectl ') ? <code>{by}</code> : by
}
