import { Age } from '../../components/age.js'
import { ClusterName, type NamedCluster } from '../../components/cluster-name.js'
import { type Column, DataTable } from '../../components/data-table.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'

type Event = Schema<'Event'>

const shownMost = 500

const levels: Record<Event['level'], readonly [Tone, string]> = {
  info: ['ok', 'Info'],
  warning: ['warn', 'Warning'],
  error: ['bad', 'Error'],
}

/**
 * Events newest first, one fact per line; they come oldest first.
 * More than the newest 500 are for the command line, which can follow and filter them.
 */
export function EventList({ events, named }: { events: readonly Event[]; named: (id: string) => NamedCluster }) {
  const columns: readonly Column<Event>[] = [
    { title: 'No.', end: true, cell: (row) => row.id },
    { title: 'When', tight: true, cell: (row) => <Age of={row.at} suffix=" ago" /> },
    {
      title: 'Level',
      cell: (row) => (
        <StatusMark tone={levels[row.level][0]} quiet>
          {levels[row.level][1]}
        </StatusMark>
      ),
    },
    { title: 'What happened', grow: true, cell: (row) => row.message },
    { title: 'Kind', cell: (row) => <code>{row.kind}</code> },
    {
      title: 'Cluster',
      cell: (row) => row.cluster !== undefined && <ClusterName cluster={{ ...named(row.cluster), simulated: row.simulated }} />,
    },
  ]
  return (
    <DataTable caption="Events, newest first" columns={columns} rows={events.toReversed().slice(0, shownMost)} rowKey={(row) => row.id} />
  )
}
