import { getRouteApi } from '@tanstack/react-router'
import { Dialog } from '../components/dialog.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { useMeshVersions } from '../features/meshes/meshes-api.js'
import { RolloutForm } from '../features/rollouts/rollout-form.js'

const route = getRouteApi('/meshes/$mesh')

/** Begins a rollout of one installation, which the address names. It opens when the installation and its versions are known. */
export function RolloutStartDialog({ mesh }: { mesh: string }) {
  const { installation: id } = route.useSearch()
  const navigate = route.useNavigate()
  const installation = useInstallations({ mesh }).data?.find((each) => each.id === id)
  const versions = useMeshVersions(mesh, installation?.cluster)
  if (!installation || !versions.data) return null
  const close = () => void navigate({ search: (before) => ({ ...before, start: undefined, installation: undefined, plan: undefined }) })
  return (
    <Dialog title="Upgrade by a second control plane" size={760} holdsInput onClose={close}>
      <RolloutForm
        installation={installation}
        versions={versions.data}
        onBegun={(rollout) => void navigate({ to: '/rollouts/$id', params: { id: rollout.id } })}
      />
    </Dialog>
  )
}
