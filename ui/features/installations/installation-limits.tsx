import type { Schema } from '../../lib/schema.js'
import styles from './installation-card.module.css'

type Answer = Schema<'HandlingAnswer'>

// As the buttons begin; what can be wanted of an installation and is refused for who made it.
const words: Record<Answer['handling'], string> = {
  install: 'Installing another one beside it',
  upgrade: 'Upgrading',
  uninstall: 'Uninstalling',
  membership: 'Joining and leaving',
  canary: 'Canary and revisions',
  rescue: 'Rescue',
  adopt: 'Adopting',
  definitions: 'Changing the definitions',
  export: 'Handing on as a file',
}

/** What Meshwright does not do to an installation that another tool made, why, and where it is done instead: one line for each reason. */
export function InstallationLimits({ can }: { can: readonly Answer[] }) {
  const reasons = [...new Set(can.flatMap(({ reason }) => reason ?? []))]
  const about = (reason: string) => can.filter((answer) => answer.reason === reason).map(({ handling }) => words[handling])
  const free = can.filter(({ verdict }) => verdict === 'act').map(({ handling }) => words[handling])
  return (
    <div className={styles.limits}>
      <strong>Another tool made this installation.</strong>
      <ul>
        {reasons.map((reason) => (
          <li key={reason}>
            {about(reason).join(', ')}: {reason}
          </li>
        ))}
        {free.length > 0 && <li>{free.join(', ')}: possible from here.</li>}
      </ul>
    </div>
  )
}
