import { Tabs } from '@mantine/core'
import { Dialog } from '../../components/dialog.js'
import { QueryView } from '../../components/query-view.js'
import type { Schema } from '../../lib/schema.js'
import { useContexts } from './clusters-api.js'
import { ContextList } from './context-list.js'
import { ExploreForm } from './explore.js'
import { KubeconfigForm } from './kubeconfig-form.js'
import { NoContexts } from './no-contexts.js'

const ways = ['context', 'upload', 'simulated'] as const
type Way = (typeof ways)[number]

interface AddClusterDialogProps {
  way: Way
  onWay: (way: Way) => void
  onConnected: (cluster: Schema<'Cluster'>) => void
  onExplored: (cluster: Schema<'Cluster'>) => void
  onClose: () => void
}

/**
 * Three ways to a cluster: a context of this machine, a kubeconfig that is pasted or uploaded, or a simulated one.
 * Only contexts of this machine may use plugins and files: whoever started the server owns them.
 */
export function AddClusterDialog({ way, onWay, onConnected, onExplored, onClose }: AddClusterDialogProps) {
  const contexts = useContexts()
  return (
    <Dialog title="Connect a cluster" size={660} holdsInput onClose={onClose}>
      <Tabs value={way} onChange={(value) => onWay(ways.find((each) => each === value) ?? 'context')} keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="context">From this machine</Tabs.Tab>
          <Tabs.Tab value="upload">Paste or upload a kubeconfig</Tabs.Tab>
          <Tabs.Tab value="simulated">Simulated</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="context">
          <QueryView query={contexts} what="contexts">
            {(items) => (items.length === 0 ? <NoContexts /> : <ContextList contexts={items} onConnected={onConnected} />)}
          </QueryView>
        </Tabs.Panel>
        <Tabs.Panel value="upload">
          <KubeconfigForm onConnected={onConnected} />
        </Tabs.Panel>
        <Tabs.Panel value="simulated">
          <ExploreForm onAdded={onExplored} primary />
        </Tabs.Panel>
      </Tabs>
    </Dialog>
  )
}
