import { getRouteApi } from '@tanstack/react-router'
import { useClusters } from '../features/clusters/clusters-api.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { useMeshActions, useMeshVersions } from '../features/meshes/meshes-api.js'
import { StartOperationDialog } from '../features/operations/start-operation-dialog.js'

const route = getRouteApi('/meshes/$mesh')

interface MeshStartDialogProps {
  mesh: string
  start: string
  plan: string | undefined
}

/**
 * The start dialog of a mesh's action. Action, installation and plan are in the address: a reload shows the same plan.
 * It opens when everything it asks about is known: clusters, versions, actions and installations.
 */
export function MeshStartDialog({ mesh, start, plan }: MeshStartDialogProps) {
  const { cluster, installation } = route.useSearch()
  const navigate = route.useNavigate()
  const clusters = useClusters()
  const actions = useMeshActions(mesh)
  const versions = useMeshVersions(mesh)
  const installations = useInstallations({ mesh })
  const action = actions.data?.find((each) => each.action === start)
  if (!action || !clusters.data || !versions.data || !installations.data) return null
  const close = () => void navigate({ search: (before) => ({ ...before, start: undefined, installation: undefined, plan: undefined }) })
  return (
    <StartOperationDialog
      title={action.title}
      choice={{ mesh, action, versions: versions.data, installations: installations.data, installation }}
      clusters={clusters.data}
      cluster={cluster ?? clusters.data[0]?.id ?? ''}
      plan={plan}
      onPlan={(id) => void navigate({ search: (before) => ({ ...before, plan: id }) })}
      onStarted={(id) => void navigate({ to: '/operations/$id', params: { id } })}
      onClose={close}
    />
  )
}
