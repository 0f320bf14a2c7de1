import styles from './mesh-tile.module.css'

declare module 'react' {
  interface CSSProperties {
    '--hue'?: number
  }
}

/**
 * A quiet monogram for a mesh: its first two letters on a ground of its own hue.
 * Project logos are trademarks, and not ours to restyle.
 */
export function MeshTile({ mesh, title, size = 32 }: { mesh: string; title: string; size?: number }) {
  return (
    <span className={styles.tile} aria-hidden="true" style={{ width: size, height: size, fontSize: size * 0.4, '--hue': hueOf(mesh) }}>
      {title.slice(0, 2)}
    </span>
  )
}

function hueOf(mesh: string): number {
  let sum = 0
  for (const letter of mesh) sum = (sum * 31 + letter.charCodeAt(0)) % 360
  return sum
}
