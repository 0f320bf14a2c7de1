import { getRouteApi } from '@tanstack/react-router'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { useInstallations } from '../features/installations/installations-api.js'
import { MeshList } from '../features/meshes/mesh-list.js'
import { useMeshes } from '../features/meshes/meshes-api.js'

const root = getRouteApi('__root__')

/**
 * The products that Meshwright knows. They are all shown, whether a cluster is connected or not.
 * The count of installations follows the cluster that is chosen in the header.
 */
export function MeshesPage() {
  const { cluster } = root.useSearch()
  const meshes = useMeshes()
  const installations = useInstallations({ cluster })
  const installed = (mesh: string) => installations.data?.filter((each) => each.mesh === mesh).length ?? 0
  return (
    <>
      <PageHeader
        title="Meshes"
        lead="What Meshwright finds in your clusters and, where its page says so, installs and removes."
        actions={<SameByCli command="meshwright mesh list" path="/api/v1/meshes" />}
      />
      <QueryView query={meshes} what="meshes" lines={4}>
        {(items) => <MeshList meshes={items} installed={installed} />}
      </QueryView>
    </>
  )
}
