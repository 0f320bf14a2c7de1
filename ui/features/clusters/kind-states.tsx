import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import styles from './kind-states.module.css'

type Kind = Schema<'KindState'>

const tones: Record<Kind['state'], Tone> = { listing: 'busy', live: 'ok', stale: 'warn', forbidden: 'warn', absent: 'idle' }

/**
 * What the server may read in a cluster; a forbidden kind says which feature it takes away.
 * Forbidden is a normal state here: most people have rights on a few namespaces only.
 */
export function KindStates({ kinds }: { kinds: readonly Kind[] }) {
  if (kinds.length === 0) return null
  const forbidden = kinds.filter((kind) => kind.state === 'forbidden')
  return (
    <div className={styles.box}>
      <ul className={styles.kinds} aria-label="Kinds that are read">
        {kinds.map((kind) => (
          <li key={kind.kind} title={kind.cause}>
            <StatusMark tone={tones[kind.state]} quiet>
              {kind.kind}
            </StatusMark>
            <span className={styles.count}>{kind.state === 'live' || kind.state === 'stale' ? kind.objects : kind.state}</span>
          </li>
        ))}
      </ul>
      {forbidden.map((kind) => (
        <p key={kind.kind} className={styles.disables}>
          {kind.kind} may not be listed{kind.disables === undefined ? '' : `, so this is missing: ${kind.disables}`}.
        </p>
      ))}
    </div>
  )
}
