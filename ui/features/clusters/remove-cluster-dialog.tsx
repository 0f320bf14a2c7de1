import { ConfirmDialog } from '../../components/confirm-dialog.js'
import type { Schema } from '../../lib/schema.js'
import { useRemoveCluster } from './clusters-api.js'

const real = 'Meshwright forgets this cluster and its credential. Nothing in the cluster changes: meshes that are installed there stay.'
const simulated = 'The simulated cluster ends, and all that is in it is gone. The record of your operations stays, marked as simulated.'

interface RemoveClusterDialogProps {
  cluster: Schema<'Cluster'>
  onRemoved: (cluster: Schema<'Cluster'>) => void
  onClose: () => void
}

/**
 * Asks before a cluster is disconnected, and says what that does and does not do.
 * The server refuses while an operation runs on it; that answer is shown in the dialog.
 */
export function RemoveClusterDialog({ cluster, onRemoved, onClose }: RemoveClusterDialogProps) {
  const remove = useRemoveCluster()
  return (
    <ConfirmDialog
      title={cluster.simulated ? `Leave ${cluster.name}?` : `Remove ${cluster.name}?`}
      action={cluster.simulated ? 'Leave and throw it away' : 'Remove from Meshwright'}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(cluster.id, { onSuccess: () => onRemoved(cluster) })}
      onClose={onClose}
    >
      {cluster.simulated ? simulated : real}
    </ConfirmDialog>
  )
}
