import { Age } from '../../components/age.js'
import { type Column, DataTable } from '../../components/data-table.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Schema } from '../../lib/schema.js'
import styles from './control-plane-table.module.css'

type Pod = Schema<'ControlPlanePod'>

const columns: readonly Column<Pod>[] = [
  {
    title: 'Pod',
    grow: true,
    cell: (pod) => (
      <code className={styles.pod}>
        <span className={styles.namespace}>{pod.namespace}/</span>
        {pod.pod}
      </code>
    ),
  },
  { title: 'Component', cell: (pod) => <Component pod={pod} /> },
  {
    title: 'Version',
    cell: (pod) => (
      <code className={styles.plain} title={`Known by: ${pod.versionSource}`}>
        {pod.version}
      </code>
    ),
  },
  { title: 'Ready', cell: (pod) => <Ready pod={pod} /> },
  { title: 'Restarts', end: true, cell: (pod) => pod.restarts },
  { title: 'Node', cell: (pod) => <span className={styles.plain}>{pod.node ?? 'not scheduled'}</span> },
  {
    title: 'Age',
    end: true,
    cell: (pod) => <span className={styles.plain}>{pod.startedAt === undefined ? '' : <Age of={pod.startedAt} />}</span>,
  },
]

/**
 * The control-plane pods of one installation, as kubectl would list them, with component and version.
 * How a version was learned is in its tooltip: an image tag is weaker than a label.
 */
export function ControlPlaneTable({ pods, caption }: { pods: readonly Pod[]; caption: string }) {
  return <DataTable caption={caption} columns={columns} rows={pods} rowKey={(pod) => `${pod.namespace}/${pod.pod}`} />
}

// What only looks at a mesh (Prometheus, Grafana) is told from what runs it.
function Component({ pod }: { pod: Pod }) {
  return (
    <span className={styles.plain}>
      {pod.component}
      {pod.role === 'add-on' && <span className={styles.role}>add-on</span>}
    </span>
  )
}

// A pod that is only starting is busy, not broken.
function Ready({ pod }: { pod: Pod }) {
  const count = `${pod.readyContainers}/${pod.containers}`
  if (pod.ready) return <StatusMark tone="ok" quiet>{`Ready ${count}`}</StatusMark>
  const starting = pod.phase === 'Pending' || pod.reason === 'ContainerCreating' || pod.reason === 'PodInitializing'
  return <StatusMark tone={starting ? 'busy' : 'bad'} quiet>{`${pod.reason ?? pod.phase} ${count}`}</StatusMark>
}
