import { Button } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { useClusters } from '../features/clusters/clusters-api.js'
import { useMeshActions } from '../features/meshes/meshes-api.js'

const route = getRouteApi('/meshes/$mesh')

/**
 * The buttons of a mesh that need no installation: install it, apply manifests.
 * Without a cluster they stay visible and say what is missing, instead of vanishing.
 */
export function MeshActions({ mesh }: { mesh: string }) {
  const navigate = route.useNavigate()
  const clusters = useClusters()
  const actions = useMeshActions(mesh)
  const free = actions.data?.filter((each) => each.category === 'install' || mesh === 'kubernetes') ?? []
  const none = clusters.data?.length === 0
  return free.map((each, index) => (
    <Button
      key={each.action}
      variant={index === 0 ? 'filled' : 'default'}
      disabled={none}
      title={none ? 'Connect a cluster first' : undefined}
      onClick={() => void navigate({ search: (before) => ({ ...before, start: each.action, installation: undefined, plan: undefined }) })}
    >
      {each.title}
    </Button>
  ))
}
