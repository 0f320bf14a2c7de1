import type { Schema } from '../../lib/schema.js'
import styles from './data-plane-bar.module.css'

/**
 * How many pods carry this mesh's sidecar, and by which proxy version: a version behind is the first thing to see.
 * The bar repeats the text for the eye and is hidden from screen readers.
 */
export function DataPlaneBar({ installation }: { installation: Schema<'Installation'> }) {
  const { pods, injected, byVersion } = installation.dataPlane
  if (injected === 0)
    return <p className={styles.text}>No pod carries its sidecar yet. Namespaces join by a label, and pods by a restart.</p>
  const versions = Object.entries(byVersion).sort(([a], [b]) => b.localeCompare(a, undefined, { numeric: true }))
  return (
    <div className={styles.plane}>
      <p className={styles.text}>
        <strong>{injected}</strong> of {pods} pods carry its sidecar
        {versions.map(([version, count]) => {
          const proxies = proxiesOf(version, installation.version)
          return (
            <span key={version} className={proxies.text}>
              {count} × {proxies.words}
            </span>
          )
        })}
      </p>
      <div className={styles.bar} aria-hidden="true">
        {versions.map(([version, count]) => (
          <span
            key={version}
            className={proxiesOf(version, installation.version).bar}
            style={{ width: `${(100 * count) / Math.max(1, pods)}%` }}
          />
        ))}
      </div>
    </div>
  )
}

// The image of an Open Service Mesh sidecar tells Envoy's version, not the mesh's: nothing is known then, and nothing is amiss.
function proxiesOf(version: string, controlPlane: string) {
  if (version === 'unknown') return { words: 'mesh version not told by the image', text: styles.version, bar: styles.untold }
  if (version === controlPlane) return { words: version, text: styles.version, bar: styles.same }
  return { words: `${version} (other than the control plane)`, text: styles.old, bar: styles.other }
}
