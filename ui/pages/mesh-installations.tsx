import { Button } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { QueryView } from '../components/query-view.js'
import { Section } from '../components/section.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { inScope } from '../features/clusters/in-scope.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { InstallationCard } from '../features/installations/installation-card.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { NoInstallation } from '../features/installations/no-installation.js'
import { useMeshActions } from '../features/meshes/meshes-api.js'
import type { Schema } from '../lib/schema.js'
import styles from './pages.module.css'

const route = getRouteApi('/meshes/$mesh')

interface MeshInstallationsProps {
  mesh: string
  title: string
  cluster: string | undefined
}

/**
 * The control plane of a mesh in every cluster, each with what can be done with it.
 * On installations that other tools made, what is refused is a button that cannot be pressed, and the card says why.
 */
export function MeshInstallations({ mesh, title, cluster }: MeshInstallationsProps) {
  const installations = useInstallations({ cluster, mesh })
  const clusters = useClusters()
  const named = useNamedCluster()
  const installable = useMeshActions(mesh).data?.some((each) => each.category === 'install') ?? false
  return (
    <QueryView query={installations} what="installations" lines={6}>
      {(items) =>
        items.length === 0 ? (
          <Section title="Installations">
            <NoInstallation clusters={inScope(clusters.data, cluster)} title={`${title} was not found`}>
              No control plane of it is in the clusters that are connected.
              {installable && ' Installing it starts with a plan, which changes nothing.'}
            </NoInstallation>
          </Section>
        ) : (
          <div className={styles.stack}>
            {items.map((each) => (
              <InstallationCard
                key={each.id}
                installation={each}
                title={`${title} on ${named(each.cluster).name}`}
                cluster={named(each.cluster).name}
                actions={<InstallationActions installation={each} />}
              />
            ))}
          </div>
        )
      }
    </QueryView>
  )
}

// Acting on one installation narrows the page to its cluster; the dialog opens on this installation, not on another one there.
function InstallationActions({ installation }: { installation: Schema<'Installation'> }) {
  const navigate = route.useNavigate()
  const actions = useMeshActions(installation.mesh)
  const answerOf = (action: Schema<'MeshAction'>) => installation.can.find(({ handling }) => handling === action.handling)
  const offered =
    actions.data?.filter((each) => {
      const isElsewhere = each.category === 'install' || each.category === 'rescue'
      // What is ours needs no adopting, and nobody has to read that.
      return !isElsewhere && !(installation.managed && each.category === 'adopt')
    }) ?? []
  const { id, cluster } = installation
  const begin = (action: string) =>
    void navigate({ search: (before) => ({ ...before, cluster, installation: id, start: action, plan: undefined }) })
  return offered.map((each) => (
    <Button
      key={each.action}
      variant={each.destructive ? 'subtle' : 'default'}
      color={each.destructive ? 'red' : 'verdigris'}
      disabled={(answerOf(each)?.verdict ?? 'act') !== 'act'}
      title={answerOf(each)?.reason}
      onClick={() => begin(each.action)}
    >
      {each.title}
    </Button>
  ))
}
