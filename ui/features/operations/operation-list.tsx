import { Link } from '@tanstack/react-router'
import { Age } from '../../components/age.js'
import { ClusterName, type NamedCluster } from '../../components/cluster-name.js'
import { type Column, DataTable } from '../../components/data-table.js'
import type { Schema } from '../../lib/schema.js'
import { OperationDuration } from './operation-duration.js'
import styles from './operation-list.module.css'
import { OperationState, operationTitle } from './operation-words.js'

type Operation = Schema<'Operation'>

interface OperationListProps {
  operations: readonly Operation[]
  named: (id: string) => NamedCluster
  caption: string
}

/**
 * Operations as a table, newest first: what, where, how it went.
 * The second line of each says the most telling thing: the error, else the outcome, else the running step.
 */
export function OperationList({ operations, named, caption }: OperationListProps) {
  const columns: readonly Column<Operation>[] = [
    { title: 'Operation', grow: true, cell: (row) => <OperationCell operation={row} /> },
    { title: 'Cluster', cell: (row) => <ClusterName cluster={{ ...named(row.request.cluster), simulated: row.simulated }} /> },
    { title: 'State', cell: (row) => <OperationState state={row.state} /> },
    {
      title: 'Took',
      end: true,
      cell: (row) => (
        <span className={styles.plain}>
          <OperationDuration operation={row} />
        </span>
      ),
    },
    {
      title: 'Started',
      end: true,
      cell: (row) => <span className={styles.plain}>{<Age of={row.startedAt ?? row.createdAt} suffix=" ago" />}</span>,
    },
  ]
  return <DataTable caption={caption} columns={columns} rows={operations} rowKey={(row) => row.id} />
}

function OperationCell({ operation }: { operation: Operation }) {
  const running = operation.steps.find((step) => step.state === 'running')
  const text = operation.error?.title ?? operation.outcome?.summary ?? running?.title
  return (
    <div className={styles.cell}>
      <span className={styles.line}>
        <Link to="/operations/$id" params={{ id: operation.id }} className={styles.link}>
          {operationTitle(operation.request)}
        </Link>
        {operation.parent !== undefined && (
          <Link to="/rollouts/$id" params={{ id: operation.parent }} className={styles.text}>
            Stage of a rollout
          </Link>
        )}
      </span>
      {text !== undefined && <span className={styles.text}>{text}</span>}
    </div>
  )
}
