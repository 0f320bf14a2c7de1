import { Button } from '@mantine/core'
import { getRouteApi, Link } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { useClusters, useContexts } from '../features/clusters/clusters-api.js'
import { ContextList } from '../features/clusters/context-list.js'
import { Explore } from '../features/clusters/explore.js'
import { NoContexts } from '../features/clusters/no-contexts.js'
import { NextSteps } from '../features/product/next-steps.js'
import { ProductLine } from '../features/product/product-line.js'
import styles from './pages.module.css'

const route = getRouteApi('/welcome')
// The first load of the first visit is the one that has to be small.
const AddClusterDialog = lazy(async () => ({ default: (await import('../features/clusters/add-cluster-dialog.js')).AddClusterDialog }))

/**
 * The first page: the contexts of this machine, and what comes after one of them is connected.
 * It asks for nothing and dials nothing by itself. Somebody without a kubeconfig here can paste or upload one,
 * or explore first with a simulated cluster: without any context that stands on top.
 */
export function WelcomePage() {
  const { add } = route.useSearch()
  const navigate = route.useNavigate()
  const contexts = useContexts()
  const clusters = useClusters()
  const openCluster = ({ id }: { id: string }) => void navigate({ to: '/clusters', search: { open: id } })
  const openDashboard = ({ id }: { id: string }) => void navigate({ to: '/', search: { cluster: id } })
  const none = contexts.data?.length === 0
  const explore = <Explore onAdded={openDashboard} primary={none} />
  const upload = (
    <Button variant="default" onClick={() => void navigate({ search: { add: 'upload' } })}>
      {'Paste or upload a kubeconfig'}
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Welcome to Meshwright"
        lead="It finds, installs, checks and removes service meshes on your own clusters. Start by connecting one: nothing is dialled before you say so, and nothing is changed before you have seen a plan."
        actions={<SameByCli command="meshwright cluster add --context NAME" path="/api/v1/kubeconfig-contexts" />}
      />
      <div className={styles.withAside}>
        <div className={styles.stack}>
          {none && explore}
          <Section title="Contexts on this machine" note="Nothing was dialled." actions={upload}>
            <QueryView query={contexts} what="contexts" lines={4}>
              {(items) => (items.length === 0 ? <NoContexts /> : <ContextList contexts={items} onConnected={openCluster} />)}
            </QueryView>
          </Section>
          {!none && explore}
        </div>
        <div className={styles.stack}>
          <NextSteps connected={(clusters.data?.length ?? 0) > 0} />
          <ProductLine />
          {(clusters.data?.length ?? 0) > 0 && <Link to="/">Go to the dashboard</Link>}
        </div>
      </div>
      <Suspense>
        {add !== undefined && (
          <AddClusterDialog
            way={add}
            onWay={(way) => void navigate({ search: { add: way } })}
            onConnected={openCluster}
            onExplored={openDashboard}
            onClose={() => void navigate({ search: {} })}
          />
        )}
      </Suspense>
    </>
  )
}
