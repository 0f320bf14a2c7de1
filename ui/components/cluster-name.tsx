import styles from './cluster-name.module.css'
import { SimulatedChip } from './simulated-chip.js'

/** A cluster as a reader knows it. */
export interface NamedCluster {
  name: string
  simulated: boolean
}

/** A cluster by its name, marked when it is simulated: no list names one without saying so. */
export function ClusterName({ cluster: { name, simulated } }: { cluster: NamedCluster }) {
  return (
    <span className={styles.name}>
      <span className={styles.word}>{name}</span>
      {simulated && <SimulatedChip />}
    </span>
  )
}

/** The same where only text can stand: an entry of a select, a tooltip, a notice. */
export function clusterNameText({ name, simulated }: NamedCluster): string {
  return simulated ? `${name} (simulated)` : name
}
