import { Button } from '@mantine/core'
import { IconPlus } from '@tabler/icons-react'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, type ReactNode, Suspense, useState } from 'react'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { StatePicture } from '../components/state-picture.js'
import { ClusterCard } from '../features/clusters/cluster-card.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { Explore, ExploreButton } from '../features/clusters/explore.js'
import styles from './pages.module.css'

const route = getRouteApi('/clusters')
// Dialogs are loaded when they open: most visits only look.
const AddClusterDialog = lazy(async () => ({ default: (await import('../features/clusters/add-cluster-dialog.js')).AddClusterDialog }))
const ResetClusterDialog = lazy(async () => ({
  default: (await import('../features/clusters/reset-cluster-dialog.js')).ResetClusterDialog,
}))
const RemoveClusterDialog = lazy(async () => ({
  default: (await import('../features/clusters/remove-cluster-dialog.js')).RemoveClusterDialog,
}))

/**
 * Every connected cluster in full; the one in the address stands first and is marked.
 * The dialog to add one is in the address, so that other pages and the documentation can lead straight to it.
 */
export function ClustersPage() {
  const { add, open, cluster: scope } = route.useSearch()
  const navigate = route.useNavigate()
  const clusters = useClusters()
  const [removing, setRemoving] = useState<string>()
  const [resetting, setResetting] = useState<string>()
  const close = () => void navigate({ search: (before) => ({ ...before, add: undefined }) })
  const explored = ({ id }: { id: string }) => void navigate({ to: '/', search: { cluster: id } })
  const connect = (
    <Button
      leftSection={<IconPlus size={14} aria-hidden="true" />}
      onClick={() => void navigate({ search: (before) => ({ ...before, add: 'context' }) })}
    >
      {'Connect a cluster'}
    </Button>
  )
  // A page narrowed to a cluster that is gone would be empty without a reason.
  const forget = ({ id }: { id: string }) => {
    setRemoving(undefined)
    if (id === scope || id === open) void navigate({ search: { cluster: undefined } })
  }
  const removed = clusters.data?.find((each) => each.id === removing)
  const reset = clusters.data?.find((each) => each.id === resetting)
  return (
    <>
      <PageHeader
        title="Clusters"
        lead="What Meshwright may reach, and how each of them is."
        actions={
          <>
            <SameByCli command="meshwright cluster list -o wide" path="/api/v1/clusters" />
            {clusters.data?.length !== 0 && <ExploreButton onAdded={explored} />}
            {connect}
          </>
        }
      />
      <QueryView query={clusters} what="clusters" lines={6}>
        {(items) => {
          const shown = items
            .filter((each) => scope === undefined || each.id === scope)
            .toSorted((a, b) => Number(b.id === open) - Number(a.id === open))
          if (items.length === 0) return <Nothing connect={connect} explored={explored} />
          return (
            <div className={styles.stack}>
              {shown.map((each) => (
                <div key={each.id} data-cluster={each.name} className={each.id === open ? styles.opened : undefined}>
                  <ClusterCard cluster={each} onRemove={() => setRemoving(each.id)} onReset={() => setResetting(each.id)} />
                </div>
              ))}
            </div>
          )
        }}
      </QueryView>
      <Suspense>
        {add !== undefined && (
          <AddClusterDialog
            way={add}
            onWay={(way) => void navigate({ search: (before) => ({ ...before, add: way }) })}
            onConnected={({ id }) => void navigate({ search: { open: id } })}
            onExplored={explored}
            onClose={close}
          />
        )}
        {reset && <ResetClusterDialog cluster={reset} onClose={() => setResetting(undefined)} />}
        {removed && <RemoveClusterDialog cluster={removed} onRemoved={forget} onClose={() => setRemoving(undefined)} />}
      </Suspense>
    </>
  )
}

// No cluster at all: the same button again, where the eye is.
function Nothing({ connect, explored }: { connect: ReactNode; explored: (cluster: { id: string }) => void }) {
  return (
    <div className={styles.stack}>
      <Section title="Clusters">
        <StatePicture state="empty" title="No cluster is connected" action={connect}>
          Connect a context of this machine, or paste or upload a kubeconfig.
        </StatePicture>
      </Section>
      <Explore onAdded={explored} primary={false} />
    </div>
  )
}
