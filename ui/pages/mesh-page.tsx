import { Button, Tabs } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { lazy, Suspense } from 'react'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { RequestProblem } from '../components/request-problem.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { useNamespaces } from '../features/installations/installations-api.js'
import { NamespaceList } from '../features/installations/namespace-list.js'
import { MeshLifecycle } from '../features/meshes/mesh-list.js'
import { MeshVersions } from '../features/meshes/mesh-versions.js'
import { useMesh, useMeshActions, useMeshVersions, useRefreshVersions } from '../features/meshes/meshes-api.js'
import { OnlyFound } from '../features/meshes/only-found.js'
import type { Schema } from '../lib/schema.js'
import { MeshActions } from './mesh-actions.js'
import { MeshHealth } from './mesh-health.js'
import { MeshInstallations } from './mesh-installations.js'
import { MeshOperations } from './mesh-operations.js'
import { MeshRescue } from './mesh-rescue.js'
import styles from './pages.module.css'

const route = getRouteApi('/meshes/$mesh')
// Forms and the YAML parser are loaded when somebody begins something, not when somebody looks.
const MeshStartDialog = lazy(async () => ({ default: (await import('./mesh-start-dialog.js')).MeshStartDialog }))
const RolloutStartDialog = lazy(async () => ({ default: (await import('./rollout-start-dialog.js')).RolloutStartDialog }))
const tabs = ['overview', 'health', 'versions', 'namespaces', 'operations'] as const

/**
 * One mesh: where it is installed and how it is, its versions, its members, and what was done with it.
 * The tab and an open dialog are in the address. Plain Kubernetes is shown here too: it has no versions and no
 * members, so it has only its operations.
 */
export function MeshPage() {
  const { mesh } = route.useParams()
  const { tab = 'overview', start, installation, plan, cluster } = route.useSearch()
  const navigate = route.useNavigate()
  const product = useMesh(mesh)
  const actions = useMeshActions(mesh)
  const isMesh = product.data?.lifecycle !== 'not-a-mesh'
  // What is no mesh and has versions is installed all the same: the Gateway API.
  const hasVersions = isMesh || product.data?.features.includes('install') === true
  return (
    <QueryView query={product} what={mesh} heading="Mesh">
      {(data) => (
        <>
          <PageHeader
            title={data.title}
            mark={<MeshLifecycle mesh={data} />}
            lead={
              isMesh
                ? 'Control plane, data plane and versions across your clusters.'
                : hasVersions
                  ? 'Definitions that every mesh of a cluster shares. It is no mesh: it has no pods and no members.'
                  : 'Plain manifests, applied and deleted with the same plan, steps and record as a mesh.'
            }
            actions={
              <>
                <SameByCli command={`meshwright mesh versions ${mesh}`} path={`/api/v1/installations?mesh=${mesh}`} />
                <MeshActions mesh={mesh} />
              </>
            }
          />
          <Tabs
            value={tab}
            onChange={(value) => void navigate({ search: (before) => ({ ...before, tab: tabs.find((each) => each === value) }) })}
            keepMounted={false}
          >
            <Tabs.List mb="md">
              <Tabs.Tab value="overview">Overview</Tabs.Tab>
              {isMesh && <Tabs.Tab value="health">Health</Tabs.Tab>}
              {hasVersions && <Tabs.Tab value="versions">Versions</Tabs.Tab>}
              {isMesh && <Tabs.Tab value="namespaces">Namespaces</Tabs.Tab>}
              <Tabs.Tab value="operations">Operations</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value="overview">
              {hasVersions ? (
                <div className={styles.stack}>
                  {actions.data?.every(isForMembers) && <OnlyFound title={data.title} archived={data.lifecycle === 'archived'} />}
                  <MeshInstallations mesh={mesh} title={data.title} cluster={cluster} />
                  <MeshRescue mesh={mesh} cluster={cluster} />
                </div>
              ) : (
                <MeshOperations mesh={mesh} cluster={cluster} />
              )}
            </Tabs.Panel>
            <Tabs.Panel value="health">
              <MeshHealth mesh={mesh} title={data.title} cluster={cluster} />
            </Tabs.Panel>
            <Tabs.Panel value="versions">
              <Versions mesh={mesh} cluster={cluster} />
            </Tabs.Panel>
            <Tabs.Panel value="namespaces">
              <Namespaces mesh={mesh} cluster={cluster} />
            </Tabs.Panel>
            <Tabs.Panel value="operations">
              <MeshOperations mesh={mesh} cluster={cluster} />
            </Tabs.Panel>
          </Tabs>
          <Suspense>
            {start === 'rollout' && <RolloutStartDialog mesh={mesh} />}
            {start !== undefined && start !== 'rollout' && (
              <MeshStartDialog key={`${start} ${installation}`} mesh={mesh} start={start} plan={plan} />
            )}
          </Suspense>
        </>
      )}
    </QueryView>
  )
}

// The catalogue of the adapter needs no cluster and no network; what is newer than it has to be looked for.
function Versions({ mesh, cluster }: { mesh: string; cluster: string | undefined }) {
  const clusters = useClusters()
  // With one cluster there is no question for which one.
  const only = clusters.data?.length === 1 ? clusters.data[0]?.id : undefined
  const versions = useMeshVersions(mesh, cluster ?? only)
  const actions = useMeshActions(mesh)
  const refresh = useRefreshVersions(mesh)
  // What consists of bundled definitions alone has no chart repository.
  const hasCharts = versions.data?.some(({ components }) => components.length > 0) === true
  return (
    <Section
      title="Versions"
      note={actions.data && offered(actions.data)}
      actions={
        hasCharts && (
          <Button size="xs" variant="default" loading={refresh.isPending} onClick={() => refresh.mutate()}>
            Look for newer versions
          </Button>
        )
      }
    >
      {refresh.error !== null && <RequestProblem error={refresh.error} />}
      <QueryView query={versions} what="versions">
        {(items) => <MeshVersions versions={items} />}
      </QueryView>
    </Section>
  )
}

const needsVersion = ['install', 'upgrade']

// What is offered for a mesh that is found and neither installed nor changed.
function isForMembers({ category }: Schema<'MeshAction'>): boolean {
  return category === 'inject' || category === 'sample'
}

// The same sentence for every mesh: what can be done with any of these versions.
function offered(actions: readonly Schema<'MeshAction'>[]): string {
  return actions.every(isForMembers)
    ? 'Found, not installed by Meshwright yet'
    : `Offered: ${actions.flatMap(({ category, title }) => (needsVersion.includes(category) ? title : [])).join(', ')}`
}

// Membership is what namespaces ask for beside what their pods really carry.
function Namespaces({ mesh, cluster }: { mesh: string; cluster: string | undefined }) {
  const namespaces = useNamespaces(cluster)
  const named = useNamedCluster()
  return (
    <QueryView query={namespaces} what="namespaces">
      {(items) => <NamespaceList rows={items.filter((each) => each.mesh === mesh)} named={named} />}
    </QueryView>
  )
}
