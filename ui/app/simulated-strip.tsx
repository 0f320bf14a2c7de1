import { Link, useParams, useSearch } from '@tanstack/react-router'
import { useClusters } from '../features/clusters/clusters-api.js'
import { useOperations } from '../features/operations/operations-api.js'
import type { Schema } from '../lib/schema.js'
import styles from './simulated-strip.module.css'

/**
 * Says on every page that what is in view is simulated, as long as it is. It has no way to be closed.
 * In view are the clusters that the page is narrowed to; on the page of an operation, only that operation's.
 */
export function SimulatedStrip() {
  const { inView, mixed } = useInView()
  const [first] = inView
  if (first === undefined) return null
  const names = inView.map((each) => each.name).join(', ')
  return (
    <aside className={styles.strip} aria-label="Simulated cluster">
      <p className={styles.text}>
        <strong>{mixed ? `Simulated: ${names}.` : inView.length === 1 ? 'Simulated cluster.' : 'Simulated clusters.'}</strong>{' '}
        {mixed ? 'Nothing about it is a measurement of a mesh.' : 'Nothing here is a measurement of a mesh.'}
      </p>
      {'id' in first && (
        <Link to="/clusters" search={{ open: first.id }} className={styles.link}>
          Scene, reset and leave
        </Link>
      )}
    </aside>
  )
}

interface InView {
  inView: readonly (Schema<'Cluster'> | { name: string })[]
  mixed: boolean
}

// An operation outlives its cluster: it is told by the operation itself, which knows.
function useInView(): InView {
  const { cluster: scope } = useSearch({ from: '__root__' })
  const { id } = useParams({ strict: false })
  const clusters = useClusters().data ?? []
  const operation = useOperations().data?.find((each) => each.id === id)
  const chosen = operation?.request.cluster ?? scope
  const seen = clusters.filter((each) => chosen === undefined || each.id === chosen)
  const inView = seen.filter((each) => each.simulated)
  if (inView.length === 0 && operation?.simulated) return { inView: [{ name: 'a removed cluster' }], mixed: false }
  return { inView, mixed: inView.length < seen.length }
}
