import { Button } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { Section } from '../components/section.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { useMeshActions } from '../features/meshes/meshes-api.js'

const route = getRouteApi('/meshes/$mesh')

/**
 * The ways out of what is stuck. They stand apart from an installation, because a first install that was cut off may have
 * left none that could be found; with a single one, they are about that one.
 */
export function MeshRescue({ mesh, cluster }: { mesh: string; cluster: string | undefined }) {
  const navigate = route.useNavigate()
  const clusters = useClusters()
  const installations = useInstallations({ cluster, mesh }).data ?? []
  const offered = useMeshActions(mesh).data?.filter((each) => each.category === 'rescue') ?? []
  if (offered.length === 0 || !clusters.data?.length) return null
  const only = installations.length === 1 && installations[0]?.managed ? installations[0] : undefined
  const begin = (action: string) =>
    void navigate({
      search: (before) => ({ ...before, cluster: only?.cluster ?? before.cluster, installation: only?.id, start: action, plan: undefined }),
    })
  return (
    <Section
      title="Rescue"
      note="Nothing here runs by itself"
      padded
      actions={offered.map((each) => (
        <Button key={each.action} variant="subtle" color="red" onClick={() => begin(each.action)}>
          {each.title}
        </Button>
      ))}
    >
      For a release that a killed helm left locked, or that has to go back to what it was; for webhooks that nobody answers and that keep
      pods from starting; for objects whose finalizers nobody takes off. Each begins with a plan, which changes nothing. Uninstalling is a
      choice of its own.
    </Section>
  )
}
