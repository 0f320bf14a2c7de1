import { Button } from '@mantine/core'
import { useState } from 'react'
import { DiffView } from '../../components/diff-view.js'
import { ObjectName } from '../../components/object-name.js'
import { QueryView } from '../../components/query-view.js'
import { RequestProblem } from '../../components/request-problem.js'
import { LoadingLines } from '../../components/state-picture.js'
import { StatusMark } from '../../components/status-mark.js'
import type { Tone } from '../../components/tone.js'
import type { Schema } from '../../lib/schema.js'
import styles from './plan-objects.module.css'
import { usePlanObject, usePlanObjects } from './plans-api.js'

type Planned = Schema<'PlannedObject'>

const changes: Record<Planned['change'], readonly [sign: string, word: string]> = {
  create: ['+', 'create'],
  update: ['~', 'change'],
  delete: ['−', 'delete'],
  keep: ['=', 'keep'],
}

// Tone, word and meaning of each verdict; the meaning is the tooltip.
const verdicts: Record<Planned['verdict'], readonly [Tone, word: string, meaning: string]> = {
  server: ['ok', 'Dry run ok', 'The API server tried it without doing it, and would accept it.'],
  'schema-only': ['idle', 'Schema only', 'Checked against its schema only.'],
  deferred: ['idle', 'Deferred', 'It can only be tried after an earlier step.'],
  refused: ['bad', 'Refused', 'The API server would refuse it.'],
}

/**
 * The objects of a plan, page by page, each with its verdict; one diff at a time.
 * A verdict says how far the object was tried: by the API server itself, against a schema only, not yet, or refused.
 */
export function PlanObjects({ plan, count }: { plan: string; count: number }) {
  const pages = usePlanObjects(plan)
  const [open, setOpen] = useState<number>()
  const rows = pages.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div className={styles.part}>
      <h3 className={styles.heading}>Objects ({count})</h3>
      {pages.error !== null && <RequestProblem error={pages.error} retry={() => void pages.refetch()} />}
      {pages.isPending && <LoadingLines what="objects" />}
      <ul className={styles.objects} aria-label="Planned objects">
        {rows.map((row) => (
          <PlannedRow
            key={row.n}
            row={row}
            plan={plan}
            open={open === row.n}
            onToggle={() => setOpen(open === row.n ? undefined : row.n)}
          />
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
          Show more of {count}
        </Button>
      )}
    </div>
  )
}

interface PlannedRowProps {
  row: Planned
  plan: string
  open: boolean
  onToggle: () => void
}

// A line is a button: it opens the one difference that is read at a time.
function PlannedRow({ row, plan, open, onToggle }: PlannedRowProps) {
  const [tone, word, meaning] = verdicts[row.verdict]
  const [sign, change] = changes[row.change]
  return (
    <li className={styles.row} data-verdict={row.verdict}>
      <button type="button" className={styles.button} aria-expanded={open} onClick={onToggle}>
        <span className={styles.sign} data-change={row.change} title={change}>
          {sign}
        </span>
        <span className={styles.object}>
          <ObjectName object={row.object} />
          {row.reason !== undefined && <span className={styles.reason}>{row.reason}</span>}
          {row.foreignOwners.length > 0 && <span className={styles.owners}>Also managed by {row.foreignOwners.join(', ')}</span>}
        </span>
        <span className={styles.step}>{row.step}</span>
        <span title={meaning}>
          <StatusMark tone={tone} quiet>
            {word}
          </StatusMark>
        </span>
      </button>
      {open && <PlannedDiff plan={plan} row={row} />}
    </li>
  )
}

// An object that a helm release creates may come without a difference: then it is shown as a whole.
function PlannedDiff({ plan, row }: { plan: string; row: Planned }) {
  const object = usePlanObject(plan, row.n)
  return (
    <div className={styles.diff}>
      <QueryView query={object} what="the difference">
        {({ diff, after }) =>
          diff === '' && after === '' ? (
            <p>Nothing about it changes.</p>
          ) : (
            <DiffView diff={diff === '' ? after : diff} label={`What changes in ${row.object.kind} ${row.object.name}`} />
          )
        }
      </QueryView>
    </div>
  )
}
