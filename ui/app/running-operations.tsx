import { Link } from '@tanstack/react-router'
import { StatusMark } from '../components/status-mark.js'
import { hasEnded, operationTitle } from '../features/operations/operation-words.js'
import { useOperations } from '../features/operations/operations-api.js'
import styles from './running-operations.module.css'

/**
 * How many operations run; it leads to the one, or to the list of them. Nothing runs: nothing is shown.
 * It is in the header because work goes on while its starter looks at something else.
 */
export function RunningOperations() {
  const running = useOperations().data?.filter(({ state }) => !hasEnded(state)) ?? []
  const [only] = running
  if (only === undefined) return null
  if (running.length > 1) {
    return (
      <Link to="/operations" search={{ state: 'running' }} className={styles.link}>
        <StatusMark tone="busy">{`${running.length} running`}</StatusMark>
      </Link>
    )
  }
  return (
    <Link to="/operations/$id" params={{ id: only.id }} className={styles.link} title={operationTitle(only.request)}>
      <StatusMark tone="busy">1 running</StatusMark>
    </Link>
  )
}
