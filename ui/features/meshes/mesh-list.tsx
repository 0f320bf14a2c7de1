import { Link } from '@tanstack/react-router'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import styles from './mesh-list.module.css'
import { MeshTile } from './mesh-tile.js'

type Mesh = Schema<'Mesh'>

const lifecycles: Record<Mesh['lifecycle'], readonly [Tone, string]> = {
  active: ['ok', 'Active'],
  maintenance: ['warn', 'Maintenance only'],
  archived: ['bad', 'Archived'],
  ended: ['bad', 'Ended'],
  'not-a-mesh': ['idle', 'Not a mesh'],
}

/**
 * Every product as a tile; `installed` counts the installations that were found of each.
 * A product without an installation is shown as well: it can be installed.
 */
export function MeshList({ meshes, installed }: { meshes: readonly Mesh[]; installed: (mesh: string) => number }) {
  return (
    <ul className={styles.list}>
      {meshes.map((mesh) => (
        <li key={mesh.mesh}>
          <Link to="/meshes/$mesh" params={{ mesh: mesh.mesh }} className={styles.tile}>
            <MeshTile mesh={mesh.mesh} title={mesh.title} size={40} />
            <span className={styles.words}>
              <span className={styles.name}>{mesh.title}</span>
              <span className={styles.count}>{countText(installed(mesh.mesh), mesh)}</span>
            </span>
            <MeshLifecycle mesh={mesh} />
          </Link>
        </li>
      ))}
    </ul>
  )
}

/** How alive a project is, with the date when it has ended. */
export function MeshLifecycle({ mesh }: { mesh: Mesh }) {
  const [tone, word] = lifecycles[mesh.lifecycle]
  return <StatusMark tone={tone}>{mesh.endedOn === undefined ? word : `${word} ${mesh.endedOn}`}</StatusMark>
}

function countText(count: number, mesh: Mesh): string {
  if (mesh.features.includes('manifests')) return 'Manifests, applied and deleted by plan'
  if (count === 0) return 'Not found in your clusters'
  return count === 1 ? '1 installation' : `${count} installations`
}
