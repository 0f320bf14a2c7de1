import { MeshTile } from './mesh-tile.js'
import { useMeshes } from './meshes-api.js'

/** A mesh and where it is, with its tile; its id while the list of meshes is on its way. */
export function MeshTitle({ mesh, cluster }: { mesh: string; cluster: string }) {
  const title = useMeshes().data?.find((each) => each.mesh === mesh)?.title ?? mesh
  return (
    <>
      <MeshTile mesh={mesh} title={title} size={26} />
      <span>
        {title} on {cluster}
      </span>
    </>
  )
}
