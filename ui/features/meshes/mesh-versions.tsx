import { type Column, DataTable } from '../../components/data-table.js'
import { StatePicture } from '../../components/state-picture.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Schema } from '../../lib/schema.js'
import styles from './mesh-versions.module.css'

type Version = Schema<'MeshVersion'>

const columns: readonly Column<Version>[] = [
  { title: 'Version', cell: (row) => <strong>{row.version}</strong> },
  { title: 'State', cell: (row) => <VersionMarks marks={row.marks} /> },
  { title: 'Released', tight: true, cell: (row) => row.releasedOn || 'not known' },
  { title: 'End of life', tight: true, cell: (row) => row.endOfLifeOn ?? 'not known' },
  { title: 'Kubernetes required', cell: (row) => <Range text={row.kubernetesRequired} /> },
  { title: 'Kubernetes tested', cell: (row) => <Range text={row.kubernetesTested} /> },
  { title: 'Gateway API', cell: (row) => <Range text={row.gatewayApi ?? ''} /> },
  {
    title: 'Components',
    cell: (row) => row.components.map((each) => (each.optional ? `${each.component} (optional)` : each.component)).join(', '),
  },
]

/**
 * The versions in the catalogue, with what a release manager asks first: is it the newest patch, is it still kept.
 * Required Kubernetes refuses a plan, tested Kubernetes only warns: so both are shown.
 */
export function MeshVersions({ versions }: { versions: readonly Version[] }) {
  if (versions.length === 0) return <StatePicture state="empty" title="This adapter has no versions: it works with what the cluster has" />
  const shown = versions.some(({ gatewayApi }) => gatewayApi !== undefined)
    ? columns
    : columns.filter(({ title }) => title !== 'Gateway API')
  return <DataTable caption="Versions that Meshwright knows" columns={shown} rows={versions} rowKey={(row) => row.version} />
}

const tones = { good: 'ok', info: 'idle', warning: 'warn', error: 'bad' } as const

/** What the server says of a version, most important first; the reason of each mark is its tooltip. */
export function VersionMarks({ marks }: { marks: Version['marks'] }) {
  return (
    <ul className={styles.marks}>
      {marks.map(({ code, level, title, text }) => (
        <li key={`${code} ${text}`} title={text}>
          <StatusMark tone={tones[level]}>{title}</StatusMark>
        </li>
      ))}
    </ul>
  )
}

// Some projects say which Kubernetes they need or were tested with, others do not.
function Range({ text }: { text: string }) {
  return text === '' ? 'not stated' : <code>{text}</code>
}
