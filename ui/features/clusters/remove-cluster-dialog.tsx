import { ConfirmDialog } from '../../components/confirm-dialog.js'
import type { Schema } from '../../lib/schema.js'
import { useRemoveCluster } from './clusters-api.js'

/**
 * Asks before a cluster is disconnected, and says what that does and does not do.
 * The server refuses while an operation runs on it; that answer is shown in the dialog.
 */
export function RemoveClusterDialog({ cluster, onClose }: { cluster: Schema<'Cluster'>; onClose: () => void }) {
  const remove = useRemoveCluster()
  return (
    <ConfirmDialog
      title={`Remove ${cluster.name}?`}
      action="Remove from Meshwright"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate(cluster.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      Meshwright forgets this cluster and its credential. Nothing in the cluster changes: meshes that are installed there stay.
    </ConfirmDialog>
  )
}
