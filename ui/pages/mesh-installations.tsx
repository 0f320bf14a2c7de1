import { QueryView } from '../components/query-view.js'
import { Section } from '../components/section.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { inScope } from '../features/clusters/in-scope.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { InstallationCard } from '../features/installations/installation-card.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { NoInstallation } from '../features/installations/no-installation.js'
import { useMeshActions } from '../features/meshes/meshes-api.js'
import { InstallationActions, MoreActions } from './installation-actions.js'
import styles from './pages.module.css'

interface MeshInstallationsProps {
  mesh: string
  title: string
  cluster: string | undefined
}

/**
 * The control plane of a mesh in every cluster, each with what can be done with it.
 * On installations that other tools made, what is refused is a button that cannot be pressed, and the card says why.
 */
export function MeshInstallations({ mesh, title, cluster }: MeshInstallationsProps) {
  const installations = useInstallations({ cluster, mesh })
  const clusters = useClusters()
  const named = useNamedCluster()
  const installable = useMeshActions(mesh).data?.some((each) => each.category === 'install') ?? false
  return (
    <QueryView query={installations} what="installations" lines={6}>
      {(items) =>
        items.length === 0 ? (
          <Section title="Installations">
            <NoInstallation clusters={inScope(clusters.data, cluster)} title={`${title} was not found`}>
              No control plane of it is in the clusters that are connected.
              {installable && ' Installing it starts with a plan, which changes nothing.'}
            </NoInstallation>
          </Section>
        ) : (
          <div className={styles.stack}>
            {items.map((each) => (
              <InstallationCard
                key={each.id}
                installation={each}
                title={`${title} on ${named(each.cluster).name}`}
                cluster={named(each.cluster).name}
                actions={<InstallationActions installation={each} />}
                more={<MoreActions installation={each} />}
              />
            ))}
          </div>
        )
      }
    </QueryView>
  )
}
