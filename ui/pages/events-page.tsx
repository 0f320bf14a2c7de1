import { Button, SegmentedControl } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { StatePicture } from '../components/state-picture.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { EventList } from '../features/events/event-list.js'
import { useEvents } from '../features/events/events-api.js'
import styles from './pages.module.css'

const route = getRouteApi('/events')
const levels = ['info', 'warning', 'error'] as const

/**
 * The numbered facts behind everything that is shown, newest first.
 * What a page shows was caused by one of these; the level narrows them, and the cluster comes from the header.
 */
export function EventsPage() {
  const { level, cluster } = route.useSearch()
  const navigate = route.useNavigate()
  const events = useEvents({ level, cluster })
  const named = useNamedCluster()
  const filtered = level !== undefined || cluster !== undefined
  const clear = (
    <Button variant="default" onClick={() => void navigate({ search: { cluster: undefined, level: undefined } })}>
      {'Clear the filters'}
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Events"
        lead="One fact per line, numbered, never changed."
        actions={<SameByCli command="meshwright events -f" path="/api/v1/events" />}
      />
      <div className={styles.filters}>
        <SegmentedControl
          size="xs"
          aria-label="Level"
          value={level ?? 'all'}
          onChange={(value) => void navigate({ search: (before) => ({ ...before, level: levels.find((each) => each === value) }) })}
          data={['all', ...levels].map((value) => ({ value, label: `${value[0]?.toUpperCase() ?? ''}${value.slice(1)}` }))}
        />
      </div>
      <Section title="Events" note="The newest 500">
        <QueryView query={events} what="events" lines={8}>
          {(items) => {
            if (items.length > 0) return <EventList events={items} named={named} />
            return filtered ? (
              <StatePicture state="filtered" title="No event fits the filters" action={clear} />
            ) : (
              <StatePicture state="empty" title="Nothing has happened yet" />
            )
          }}
        </QueryView>
      </Section>
    </>
  )
}
