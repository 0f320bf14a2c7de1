import { ClusterName, clusterNameText, type NamedCluster } from '../../components/cluster-name.js'
import { Section } from '../../components/section.js'
import { StatePicture } from '../../components/state-picture.js'
import type { Schema } from '../../lib/schema.js'
import styles from './namespace-list.module.css'
import { NamespaceTable } from './namespace-table.js'

interface NamespaceListProps {
  rows: readonly Schema<'NamespaceMembership'>[]
  named: (id: string) => NamedCluster
}

/**
 * Membership per cluster, the clusters one below the other.
 * A namespace without a mark that still has injected pods counts as a member: it is one.
 */
export function NamespaceList({ rows, named }: NamespaceListProps) {
  const clusters = [...new Set(rows.map((row) => row.cluster))]
  if (clusters.length === 0) {
    return (
      <Section title="Namespaces">
        <StatePicture state="empty" title="No namespace is known yet">
          They appear as soon as a connected cluster lets them be listed.
        </StatePicture>
      </Section>
    )
  }
  return (
    <div className={styles.stack}>
      {clusters.map((cluster) => {
        const own = rows.filter((row) => row.cluster === cluster)
        const members = own.filter((row) => row.desired === 'in' || row.injected > 0).length
        return (
          <Section
            key={cluster}
            title={<ClusterName cluster={named(cluster)} />}
            note={`${members} of ${own.length} namespaces are members`}
          >
            <NamespaceTable rows={own} caption={`Namespaces of ${clusterNameText(named(cluster))}`} />
          </Section>
        )
      })}
    </div>
  )
}
