import { Link } from '@tanstack/react-router'
import { Age } from '../../components/age.js'
import { ClusterName, type NamedCluster } from '../../components/cluster-name.js'
import { type Column, DataTable } from '../../components/data-table.js'
import type { Schema } from '../../lib/schema.js'
import styles from './rollout-list.module.css'
import { RolloutState, rolloutTitle } from './rollout-words.js'

type Rollout = Schema<'Rollout'>

interface RolloutListProps {
  rollouts: readonly Rollout[]
  named: (id: string) => NamedCluster
  caption: string
}

/** Rollouts as a table, newest first. The second line of each is the stage that it is at. */
export function RolloutList({ rollouts, named, caption }: RolloutListProps) {
  const columns: readonly Column<Rollout>[] = [
    { title: 'Rollout', grow: true, cell: (row) => <RolloutCell rollout={row} /> },
    { title: 'Cluster', cell: (row) => <ClusterName cluster={{ ...named(row.cluster), simulated: row.simulated }} /> },
    { title: 'State', cell: (row) => <RolloutState state={row.state} /> },
    { title: 'Stage', end: true, tight: true, cell: (row) => `${row.stage + 1} of ${row.stages.length}` },
    { title: 'Begun', end: true, tight: true, cell: (row) => <Age of={row.createdAt} suffix=" ago" /> },
  ]
  return <DataTable caption={caption} columns={columns} rows={rollouts} rowKey={(row) => row.id} />
}

function RolloutCell({ rollout }: { rollout: Rollout }) {
  return (
    <div className={styles.cell}>
      <Link to="/rollouts/$id" params={{ id: rollout.id }} className={styles.link}>
        {rolloutTitle(rollout)}
      </Link>
      <span className={styles.text}>{rollout.can.length === 0 ? rollout.standing : rollout.stages[rollout.stage]?.title}</span>
    </div>
  )
}
