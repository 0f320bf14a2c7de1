import { Button, TextInput } from '@mantine/core'
import { IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react'
import { useState } from 'react'
import { QueryView } from '../../components/query-view.js'
import { StatePicture } from '../../components/state-picture.js'
import { WindowedLines } from '../../components/windowed-lines.js'
import type { Schema } from '../../lib/schema.js'
import { LogLine } from './log-line.js'
import styles from './operation-log.module.css'
import { useOperationLog } from './operations-api.js'

interface OperationLogProps {
  operation: Schema<'Operation'>
  step: string | undefined
  find: string
  onFind: (find: string) => void
  onShowAll: () => void
}

/**
 * The log of an operation, live: follow, pause, find, and the lines of one step when one is chosen.
 * Following sticks to the newest line. Scrolling up, or the button, lets go, and lines go on arriving below.
 */
export function OperationLog({ operation, step, find, onFind, onShowAll }: OperationLogProps) {
  const log = useOperationLog(operation.id)
  const [follow, setFollow] = useState(true)
  return (
    <div>
      <div className={styles.bar}>
        <TextInput
          className={styles.find}
          size="xs"
          type="search"
          placeholder="Find in the log"
          aria-label="Find in the log"
          value={find}
          onChange={(event) => onFind(event.currentTarget.value)}
        />
        <Button
          variant="default"
          aria-pressed={follow}
          leftSection={follow ? <IconPlayerPause size={14} aria-hidden="true" /> : <IconPlayerPlay size={14} aria-hidden="true" />}
          onClick={() => setFollow(!follow)}
        >
          {follow ? 'Pause' : 'Follow'}
        </Button>
      </div>
      <QueryView query={log} what="the log" lines={6}>
        {(entries) => <Lines {...{ entries, step, find, follow, onFollow: setFollow }} onShowAll={onShowAll} />}
      </QueryView>
    </div>
  )
}

interface LinesProps {
  entries: readonly Schema<'OperationLogEntry'>[]
  step: string | undefined
  find: string
  follow: boolean
  onFollow: (follow: boolean) => void
  onShowAll: () => void
}

// Two reasons for an empty log: nothing was written yet, or nothing fits the step and the text.
function Lines({ entries, step, find, follow, onFollow, onShowAll }: LinesProps) {
  const wanted = find.toLowerCase()
  const shown = entries.filter(
    (entry) => (step === undefined || entry.step === step) && (wanted === '' || entry.message.toLowerCase().includes(wanted)),
  )
  if (entries.length === 0)
    return (
      <StatePicture state="empty" title="No line yet">
        The log appears here as soon as the first step starts.
      </StatePicture>
    )
  if (shown.length === 0) {
    const showAll = (
      <Button variant="default" onClick={onShowAll}>
        Show all {entries.length} lines
      </Button>
    )
    return <StatePicture state="filtered" title="No line fits" action={showAll} />
  }
  return (
    <>
      <p className={styles.count} aria-live="off">
        {shown.length === entries.length ? `${entries.length} lines` : `${shown.length} of ${entries.length} lines`}
      </p>
      <WindowedLines
        label="Log"
        count={shown.length}
        follow={follow}
        onFollow={onFollow}
        line={(index) => <LogLine key={shown[index]?.n ?? index} entry={shown[index]} find={wanted} />}
      />
    </>
  )
}
