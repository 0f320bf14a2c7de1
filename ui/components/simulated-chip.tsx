import styles from './simulated-chip.module.css'

/**
 * Marks one thing as simulated, in words, in a colour that no state has. It stands wherever the thing is named.
 * The dashed line says the same to readers who do not see the colour.
 */
export function SimulatedChip() {
  return <span className={styles.chip}>Simulated</span>
}
