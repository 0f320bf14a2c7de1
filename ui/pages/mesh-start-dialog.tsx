import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { useClusters } from '../features/clusters/clusters-api.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { useMesh, useMeshActions, useMeshVersions } from '../features/meshes/meshes-api.js'
import { StartOperationDialog } from '../features/operations/start-operation-dialog.js'
import type { Schema } from '../lib/schema.js'

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
export function MeshStartDialog(props: MeshStartDialogProps) {
  const { cluster } = route.useSearch()
  const clusters = useClusters()
  const actions = useMeshActions(props.mesh)
  const action = actions.data?.find((each) => each.action === props.start)
  if (!action || !clusters.data) return null
  return <DialogFor {...props} action={action} clusters={clusters.data} first={cluster ?? clusters.data[0]?.id} />
}

interface DialogForProps extends MeshStartDialogProps {
  action: Schema<'MeshAction'>
  clusters: readonly Schema<'Cluster'>[]
  /** The cluster that is chosen at first. */
  first: string | undefined
}

// What is said of a version depends on the cluster: it is asked anew when another one is chosen.
function DialogFor({ mesh, plan, action, clusters, first }: DialogForProps) {
  const { installation } = route.useSearch()
  const navigate = route.useNavigate()
  const [cluster, setCluster] = useState(first)
  const versions = useMeshVersions(mesh, cluster)
  const installations = useInstallations({ mesh })
  const product = useMesh(mesh)
  if (!versions.data || !installations.data || !product.data) return null
  const close = () => void navigate({ search: (before) => ({ ...before, start: undefined, installation: undefined, plan: undefined }) })
  return (
    <StartOperationDialog
      title={action.title}
      choice={{
        ...{ mesh, action, versions: versions.data, features: product.data.features },
        ...{ installations: installations.data, installation },
      }}
      clusters={clusters}
      cluster={cluster ?? ''}
      plan={plan}
      onCluster={setCluster}
      onPlan={(id) => void navigate({ search: (before) => ({ ...before, plan: id }) })}
      onStarted={(id) => void navigate({ to: '/operations/$id', params: { id } })}
      onClose={close}
    />
  )
}
