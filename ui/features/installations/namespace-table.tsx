import { Button } from '@mantine/core'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/data-table.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Schema } from '../../lib/schema.js'
import type { MemberPlace } from './explanations-api.js'
import { PodsDialog } from './pods-dialog.js'

type Membership = Schema<'NamespaceMembership'>

const columns: readonly Column<Membership>[] = [
  { title: 'Namespace', grow: true, cell: (row) => <strong>{row.namespace}</strong> },
  { title: 'Asks to be', tight: true, cell: (row) => desired[row.desired] },
  { title: 'By', tight: true, cell: (row) => (row.mark === undefined ? 'nothing' : <code>{row.mark}</code>) },
  { title: 'Pods in the mesh', end: true, cell: (row) => `${row.injected} of ${row.total}` },
  { title: 'State', cell: (row) => <MembershipMark row={row} /> },
]

const desired: Record<Membership['desired'], string> = { in: 'in the mesh', out: 'out of it', unset: 'not said' }

/**
 * Which namespaces are in a mesh: what they ask for beside what their pods are.
 * A pod keeps the sidecar it was started with, so a changed mark shows as pods that need a restart.
 */
export function NamespaceTable({ rows, caption }: { rows: readonly Membership[]; caption: string }) {
  const [place, setPlace] = useState<MemberPlace>()
  const withReasons: readonly Column<Membership>[] = [
    ...columns,
    {
      title: 'Reasons',
      tight: true,
      cell: (row) => (
        <Button
          size="compact-xs"
          variant="default"
          disabled={row.total === 0}
          aria-label={`Why are the pods of ${row.namespace} so?`}
          onClick={() => setPlace(row)}
        >
          {'Why?'}
        </Button>
      ),
    },
  ]
  return (
    <>
      <DataTable caption={caption} columns={withReasons} rows={rows} rowKey={(row) => `${row.cluster}/${row.namespace}`} />
      {place && <PodsDialog place={place} onClose={() => setPlace(undefined)} />}
    </>
  )
}

function MembershipMark({ row }: { row: Membership }) {
  if (row.needsRestart > 0) return <StatusMark tone="warn" quiet>{`${row.needsRestart} need a restart`}</StatusMark>
  if (row.desired === 'in')
    return (
      <StatusMark tone="ok" quiet>
        {'As asked'}
      </StatusMark>
    )
  return (
    <StatusMark tone="idle" quiet>
      {'Not a member'}
    </StatusMark>
  )
}
