import { useProductVersion } from './product-api.js'
import styles from './product-line.module.css'

/**
 * Release channel and version of Meshwright, and whether a newer one is out.
 * A build without git has no commit, and then shows none.
 */
export function ProductLine() {
  const { data } = useProductVersion()
  if (data === undefined) return null
  return (
    <p className={styles.line}>
      <span>
        Meshwright {data.version}, {data.channel} channel
      </span>
      {data.commit !== 'unknown' && <code title="Commit">{data.commit.slice(0, 7)}</code>}
      {data.updateAvailable === true && data.latest !== undefined && <strong className={styles.newer}>{data.latest} is available</strong>}
    </p>
  )
}
