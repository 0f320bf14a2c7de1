import type { Schema } from '../lib/schema.js'
import styles from './object-name.module.css'

/** A Kubernetes object as one line: kind, then namespace/name. */
export function ObjectName({ object }: { object: Schema<'ObjectRef'> }) {
  return (
    <span className={styles.object} title={`${object.apiVersion} ${object.kind}`}>
      <span className={styles.kind}>{object.kind}</span>
      <code className={styles.name}>
        {object.namespace !== '' && <span className={styles.namespace}>{object.namespace}/</span>}
        {object.name}
      </code>
    </span>
  )
}
