import { ClusterName, type NamedCluster } from '../../components/cluster-name.js'
import { type Column, DataTable } from '../../components/data-table.js'
import { ObjectName } from '../../components/object-name.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import { formatMoment } from '../../lib/format-time.js'
import type { Schema } from '../../lib/schema.js'
import styles from './certificate-table.module.css'

type Certificate = Schema<'Certificate'>

const uses: Record<Certificate['use'], string> = {
  root: 'Root',
  issuer: 'Issuer',
  webhook: 'Webhook',
  server: 'Server',
  gateway: 'Gateway',
}
const renewers: Record<Certificate['renewedBy'], string> = {
  'control-plane': 'The control plane',
  'cert-manager': 'cert-manager',
  helm: 'helm, at each upgrade',
  you: 'You',
}
const chains: Record<Certificate['chain'], string> = {
  'self-signed': 'Signed by itself',
  signed: 'Signed by another one here',
  'not-found': 'Signed by one that is not here',
}

interface CertificateTableProps {
  certificates: readonly Certificate[]
  named: (id: string) => NamedCluster
}

/**
 * Certificates with the time that is left, and whose task the renewal is.
 * Whoever has to do it himself is told so in words, because nothing else will remind him.
 */
export function CertificateTable({ certificates, named }: CertificateTableProps) {
  const columns: readonly Column<Certificate>[] = [
    { title: 'Certificate', grow: true, cell: (row) => <Name certificate={row} all={certificates} /> },
    { title: 'Use', tight: true, cell: (row) => uses[row.use] },
    { title: 'Left', tight: true, cell: (row) => <DaysLeft certificate={row} /> },
    { title: 'Renewed by', cell: (row) => <span title={row.renewal}>{renewers[row.renewedBy]}</span> },
    { title: 'Key', tight: true, cell: (row) => row.keyType },
    { title: 'Mesh', cell: (row) => row.mesh },
    { title: 'Cluster', cell: (row) => <ClusterName cluster={{ ...named(row.cluster), simulated: row.simulated }} /> },
  ]
  const rowKey = (row: Certificate) => `${row.installation} ${row.fingerprint}`
  return <DataTable caption="Certificates of the meshes" columns={columns} rows={certificates} rowKey={rowKey} />
}

function Name({ certificate, all }: { certificate: Certificate; all: readonly Certificate[] }) {
  const { purpose, subject, issuer, serial, fingerprint, notBefore, notAfter, chain, signedBy, places, renewal } = certificate
  const signer = all.find((each) => each.fingerprint === signedBy)
  return (
    <div className={styles.name} data-certificate={fingerprint}>
      <span className={styles.purpose}>{`${purpose.charAt(0).toUpperCase()}${purpose.slice(1)}`}</span>
      <span className={styles.quiet}>{subject}</span>
      <details className={styles.more}>
        <summary>{chain === 'signed' && signer !== undefined ? `Signed by the ${signer.purpose}` : chains[chain]}</summary>
        <p className={styles.quiet}>Issuer {issuer}</p>
        <p className={styles.quiet}>
          Valid from {formatMoment(notBefore)} to {formatMoment(notAfter)}. {renewal}
        </p>
        <p className={styles.quiet}>
          Serial <code>{serial}</code>
          <br />
          SHA-256 <code>{fingerprint}</code>
        </p>
        {places.map(({ object, field }) => (
          <p key={JSON.stringify([object, field])} className={styles.quiet}>
            <ObjectName object={object} /> <code>{field}</code>
          </p>
        ))}
      </details>
    </div>
  )
}

// Red when it is over, yellow when a person has to act soon. What something renews by itself may be short-lived on purpose.
function DaysLeft({ certificate: { daysLeft, notAfter, renewedBy } }: { certificate: Certificate }) {
  const [tone, text] = leftOf(daysLeft, renewedBy === 'you')
  return (
    <span title={formatMoment(notAfter)}>
      <StatusMark tone={tone} quiet>
        {text}
      </StatusMark>
    </span>
  )
}

function leftOf(days: number, isManual: boolean): readonly [Tone, string] {
  if (days < 0) return ['bad', 'Ended']
  const text = days === 0 ? 'Less than a day' : days === 1 ? '1 day' : `${days} days`
  return [isManual && days < 60 ? 'warn' : 'ok', text]
}
