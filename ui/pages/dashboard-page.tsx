import { Button } from '@mantine/core'
import { getRouteApi, Link, Navigate } from '@tanstack/react-router'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { StatePicture } from '../components/state-picture.js'
import { ClusterChips } from '../features/clusters/cluster-chips.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { inScope } from '../features/clusters/in-scope.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { InstallationCard } from '../features/installations/installation-card.js'
import { useInstallations, useNamespaces } from '../features/installations/installations-api.js'
import { NoInstallation } from '../features/installations/no-installation.js'
import { AdapterChips } from '../features/meshes/adapter-chips.js'
import { MeshTitle } from '../features/meshes/mesh-title.js'
import { OperationList } from '../features/operations/operation-list.js'
import { useOperations } from '../features/operations/operations-api.js'
import { MetricsChip } from '../features/product/metrics-chip.js'
import { ProductLine } from '../features/product/product-line.js'
import styles from './pages.module.css'

const root = getRouteApi('__root__')

/**
 * Everything at a glance: connections, each installation with its control plane, the last operations.
 * Each part loads, fails and retries by itself, so that one broken call leaves the rest of the page as it is.
 * Without any cluster there is nothing to glance at: the welcome page takes over.
 */
export function DashboardPage() {
  const { cluster } = root.useSearch()
  const clusters = useClusters()
  if (clusters.data?.length === 0) return <Navigate to="/welcome" replace />
  return (
    <>
      <PageHeader
        title="Dashboard"
        lead={<ProductLine />}
        actions={<SameByCli command="meshwright status" path="/api/v1/installations" />}
      />
      <div className={styles.stack}>
        <Connections />
        <Installations cluster={cluster} />
        <LastOperations cluster={cluster} />
      </div>
    </>
  )
}

// Clusters, adapters and metrics side by side: nothing here hides because another of them is missing.
function Connections() {
  const clusters = useClusters()
  return (
    <Section title="Connections" padded>
      <div className={styles.connections}>
        <div className={styles.chips}>
          <span className={styles.chipsLabel}>Kubernetes</span>
          <div className={styles.chipsList}>
            <QueryView query={clusters} what="clusters" lines={1}>
              {(items) => <ClusterChips clusters={items} />}
            </QueryView>
            <Link to="/clusters" search={{ add: 'context' }} className={styles.quiet}>
              Connect another
            </Link>
          </div>
        </div>
        <div className={styles.chips}>
          <span className={styles.chipsLabel}>Adapters</span>
          <div className={styles.chipsList}>
            <AdapterChips />
          </div>
        </div>
        <div className={styles.chips}>
          <span className={styles.chipsLabel}>Metrics</span>
          <div className={styles.chipsList}>
            <MetricsChip />
          </div>
        </div>
      </div>
    </Section>
  )
}

// One card per installation; an empty answer is told apart from clusters that cannot be read.
function Installations({ cluster }: { cluster: string | undefined }) {
  const clusters = useClusters()
  const installations = useInstallations({ cluster })
  const named = useNamedCluster()
  const namespaces = useNamespaces(cluster).data ?? []
  const install = (
    <Button component={Link} to="/meshes">
      Choose a mesh to install
    </Button>
  )
  return (
    <QueryView query={installations} what="installations" lines={6}>
      {(items) =>
        items.length === 0 ? (
          <Section title="Meshes">
            <NoInstallation clusters={inScope(clusters.data, cluster)} title="No mesh was found in your clusters" action={install}>
              Meshwright looks for the control planes of the meshes that it knows, whoever installed them.
            </NoInstallation>
          </Section>
        ) : (
          items.map((each) => (
            <InstallationCard
              key={each.id}
              installation={each}
              cluster={named(each.cluster).name}
              waiting={namespaces.filter((row) => row.cluster === each.cluster && row.mesh === each.mesh && row.needsRestart > 0)}
              title={
                <Link to="/meshes/$mesh" params={{ mesh: each.mesh }} className={styles.titleLink}>
                  <MeshTitle mesh={each.mesh} cluster={named(each.cluster).name} />
                </Link>
              }
            />
          ))
        )
      }
    </QueryView>
  )
}

// Five are enough here: the whole list has a page of its own.
function LastOperations({ cluster }: { cluster: string | undefined }) {
  const operations = useOperations()
  const named = useNamedCluster()
  return (
    <Section title="Operations" note="Running and last" actions={<Link to="/operations">All operations</Link>}>
      <QueryView query={operations} what="operations">
        {(items) => {
          const last = items.filter((each) => cluster === undefined || each.request.cluster === cluster).slice(0, 5)
          if (last.length === 0)
            return (
              <StatePicture state="empty" title="Nothing was done yet">
                Installing, removing and applying manifests appear here.
              </StatePicture>
            )
          return <OperationList operations={last} named={named} caption="Last operations" />
        }}
      </QueryView>
    </Section>
  )
}
