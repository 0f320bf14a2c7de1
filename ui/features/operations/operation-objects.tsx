import { Button, SegmentedControl } from '@mantine/core'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/data-table.js'
import { ObjectName } from '../../components/object-name.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { QueryView } from '../../components/query-view.js'
import { StatePicture } from '../../components/state-picture.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import { formatClock } from '../../lib/format-time.js'
import type { Schema } from '../../lib/schema.js'
import styles from './operation-objects.module.css'
import { useOperationObjects } from './operations-api.js'

type Requested = Schema<'RequestedObject'>
type Observed = Schema<'ObservedObject'>
type Objects = Schema<'OperationObjects'>

const lists = ['requested', 'observed', 'invisible'] as const
export type ObjectListName = (typeof lists)[number]

// Said beside each list, because "observed" and "requested" are easily taken for the same.
const meanings: Record<ObjectListName, string> = {
  requested: 'Every change this operation asked for.',
  observed: 'What appeared, changed or was removed in the cluster meanwhile, and why it is listed here.',
  invisible: 'What no listing of the cluster can show; the catalogue of the mesh names it.',
}

const changes: Record<Observed['change'], readonly [Tone, string]> = {
  appeared: ['ok', 'Appeared'],
  changed: ['busy', 'Changed'],
  went: ['idle', 'Removed'],
  left: ['warn', 'Left over'],
}

// The Audit-Id in the tooltip finds the request in the audit log of the API server.
const requestedColumns: readonly Column<Requested>[] = [
  { title: 'Time', cell: (row) => <span className={styles.plain}>{formatClock(row.at)}</span> },
  { title: 'Request', cell: (row) => <code>{row.subresource === undefined ? row.verb : `${row.verb} ${row.subresource}`}</code> },
  { title: 'Object', grow: true, cell: (row) => <ObjectName object={row.object} /> },
  {
    title: 'Answer',
    cell: (row) => (
      <span title={`Audit-Id ${row.auditId}`}>
        <StatusMark tone={row.status < 400 ? 'ok' : 'warn'} quiet>
          {row.status}
        </StatusMark>
      </span>
    ),
  },
]

const observedColumns: readonly Column<Observed>[] = [
  {
    title: 'Change',
    cell: (row) => (
      <StatusMark tone={changes[row.change][0]} quiet>
        {changes[row.change][1]}
      </StatusMark>
    ),
  },
  { title: 'Object', grow: true, cell: (row) => <ObjectName object={row.object} /> },
  { title: 'Why it is listed', cell: (row) => row.attribution },
]

const invisibleColumns: readonly Column<Objects['invisible'][number]>[] = [
  { title: 'What', grow: true, cell: (row) => row.description },
  { title: 'Why it cannot be seen', cell: (row) => row.reason },
  { title: 'How to remove it', cell: (row) => row.removeBy ?? 'Nothing to do.' },
]

interface OperationObjectsProps {
  operation: string
  list: ObjectListName
  onList: (list: ObjectListName) => void
}

/**
 * What an operation changed, in three lists: requested, observed, invisible.
 * They differ on purpose: hook Jobs, controllers and the mesh itself write past us, and some of it no listing shows.
 * While the operation runs, or when something could not be read, a line says that the lists are not complete.
 */
export function OperationObjects({ operation, list, onList }: OperationObjectsProps) {
  const objects = useOperationObjects(operation)
  return (
    <QueryView query={objects} what="changed objects" lines={6}>
      {(data) => (
        <>
          <div className={styles.bar}>
            <SegmentedControl
              size="xs"
              aria-label="List of objects"
              value={list}
              onChange={(value) => onList(lists.find((each) => each === value) ?? 'requested')}
              data={lists.map((each) => ({ value: each, label: `${each[0]?.toUpperCase() ?? ''}${each.slice(1)} ${data[each].length}` }))}
            />
            <p className={styles.meaning}>{meanings[list]}</p>
          </div>
          {!data.complete && (
            <div className={styles.incomplete}>
              <ProblemPanel tone="idle" problem={{ title: 'These lists are not complete', text: data.incompleteReason }} />
            </div>
          )}
          {list === 'requested' && <Rows what="requests" columns={requestedColumns} rows={data.requested} />}
          {list === 'observed' && <Rows what="observed objects" columns={observedColumns} rows={data.observed} />}
          {list === 'invisible' && <Rows what="invisible changes" columns={invisibleColumns} rows={data.invisible} />}
        </>
      )}
    </QueryView>
  )
}

// Enough for a mesh; a thousand leftovers are shown a part at a time.
const firstRows = 100

function Rows<Row>({ what, columns, rows }: { what: string; columns: readonly Column<Row>[]; rows: readonly Row[] }) {
  const [count, setCount] = useState(firstRows)
  if (rows.length === 0) return <StatePicture state="empty" title={`No ${what}`} />
  const keyed = rows.slice(0, count).map((row, index) => ({ row, index }))
  return (
    <>
      <DataTable
        caption={what}
        columns={columns.map((column) => ({ ...column, cell: ({ row }: { row: Row }) => column.cell(row) }))}
        rows={keyed}
        rowKey={({ index }) => index}
      />
      {count < rows.length && (
        <div className={styles.more}>
          <Button variant="default" onClick={() => setCount(count + 5 * firstRows)}>
            Show more of {rows.length}
          </Button>
        </div>
      )}
    </>
  )
}
