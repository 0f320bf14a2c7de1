import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.js'
import type { Schema } from '../../lib/schema.js'
import { useResetSandbox, useSandbox } from './clusters-api.js'
import styles from './explore.module.css'
import { SceneChoice } from './scene-choice.js'
import { firstScene, type SceneName } from './scenes.js'

/**
 * Begins a simulated cluster anew, with the same scene or another one; what was done in it is lost.
 * The server refuses while an operation runs there; that answer is shown in the dialog.
 */
export function ResetClusterDialog({ cluster, onClose }: { cluster: Schema<'Cluster'>; onClose: () => void }) {
  const sandbox = useSandbox(cluster)
  const reset = useResetSandbox(cluster.id)
  const [chosen, setChosen] = useState<SceneName>()
  const scene = chosen ?? sandbox.data?.scene ?? firstScene
  return (
    <ConfirmDialog
      title={`Reset ${cluster.name}?`}
      action="Reset the simulated cluster"
      busy={reset.isPending}
      error={reset.error}
      onConfirm={() => reset.mutate(scene, { onSuccess: onClose })}
      onClose={onClose}
    >
      <div className={styles.reset}>
        <p>Everything in it is thrown away, and it begins anew. The record of your operations stays.</p>
        <SceneChoice value={scene} onChange={setChosen} />
      </div>
    </ConfirmDialog>
  )
}
