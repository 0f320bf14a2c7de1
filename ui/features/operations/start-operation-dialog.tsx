import { Dialog } from '../../components/dialog.js'
import type { Schema } from '../../lib/schema.js'
import { ActionFields } from './action-fields.js'
import type { ActionChoice } from './action-form.js'
import { PlanView } from './plan-view.js'
import { useReadyAdapter, useStartPlan } from './plans-api.js'

interface StartOperationDialogProps {
  title: string
  choice: ActionChoice
  clusters: readonly Schema<'Cluster'>[]
  cluster: string
  /** Another cluster was chosen: what is said of versions is said for it. */
  onCluster: (cluster: string) => void
  plan: string | undefined
  onPlan: (plan: string | undefined) => void
  onStarted: (operation: string) => void
  onClose: () => void
}

/**
 * One dialog for everything that changes a cluster: say what, look at the plan, confirm, start.
 * The id of the plan comes from the address: a reload, or a link, opens the same plan again.
 */
export function StartOperationDialog({ title, choice, clusters, cluster, plan, ...props }: StartOperationDialogProps) {
  const { onCluster, onPlan, onStarted, onClose } = props
  useReadyAdapter(choice.mesh)
  const start = useStartPlan()
  const begin = (id: string, confirm: string[]) =>
    start.mutate({ plan: id, confirm }, { onSuccess: (operation) => onStarted(operation.id) })
  const back = () => {
    start.reset()
    onPlan(undefined)
  }
  return (
    <Dialog title={title} size={980} holdsInput onClose={onClose}>
      {plan === undefined ? (
        <ActionFields choice={choice} clusters={clusters} cluster={cluster} onCluster={onCluster} onPlan={(made) => onPlan(made.id)} />
      ) : (
        <PlanView
          id={plan}
          clusters={clusters}
          starting={{ verb: 'Start', begin: (confirm) => begin(plan, confirm), busy: start.isPending, error: start.error }}
          onBack={back}
        />
      )}
    </Dialog>
  )
}
