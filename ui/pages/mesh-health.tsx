import { QueryView } from '../components/query-view.js'
import { Section } from '../components/section.js'
import { HealthReport } from '../features/checks/health-report.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { inScope } from '../features/clusters/in-scope.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { NoInstallation } from '../features/installations/no-installation.js'
import styles from './pages.module.css'

/** The last check of each installation of a mesh, one under the other; two of a kind are told apart by namespace and revision. */
export function MeshHealth({ mesh, title, cluster }: { mesh: string; title: string; cluster: string | undefined }) {
  const installations = useInstallations({ cluster, mesh })
  const clusters = useClusters()
  const named = useNamedCluster()
  return (
    <QueryView query={installations} what="installations" lines={6}>
      {(items) =>
        items.length === 0 ? (
          <Section title="Health">
            <NoInstallation clusters={inScope(clusters.data, cluster)} title={`${title} was not found`}>
              There is nothing to check.
            </NoInstallation>
          </Section>
        ) : (
          <div className={styles.stack}>
            {items.map((each) => {
              const hasTwin = items.some((other) => other.id !== each.id && other.cluster === each.cluster)
              const twin = hasTwin ? `, ${each.namespace}, revision ${each.revision}` : ''
              return <HealthReport key={each.id} installation={each} title={`${title} on ${named(each.cluster).name}${twin}`} />
            })}
          </div>
        )
      }
    </QueryView>
  )
}
