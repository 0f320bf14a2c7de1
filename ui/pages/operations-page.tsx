import { Button, SegmentedControl } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { StatePicture } from '../components/state-picture.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { OperationList } from '../features/operations/operation-list.js'
import { hasEnded } from '../features/operations/operation-words.js'
import { useOperations } from '../features/operations/operations-api.js'
import { RolloutList } from '../features/rollouts/rollout-list.js'
import { useRollouts } from '../features/rollouts/rollouts-api.js'
import type { Schema } from '../lib/schema.js'
import styles from './pages.module.css'

const route = getRouteApi('/operations')
const states = ['running', 'succeeded', 'failed', 'interrupted', 'cancelled'] as const

/**
 * Everything that was done to clusters, and what is being done.
 * Filters are in the address; a list that is filtered to nothing says so and offers the way back.
 */
export function OperationsPage() {
  const { state, cluster } = route.useSearch()
  const navigate = route.useNavigate()
  const operations = useOperations()
  const named = useNamedCluster()
  const choose = (value: string) => void navigate({ search: (before) => ({ ...before, state: states.find((each) => each === value) }) })
  const showAll = (
    <Button variant="default" onClick={() => void navigate({ search: { cluster: undefined, state: undefined } })}>
      {'Clear the filters'}
    </Button>
  )
  return (
    <>
      <PageHeader
        title="Operations"
        lead="Every change to a cluster is one of these: planned, run step by step, recorded."
        actions={<SameByCli command="meshwright operation list" path="/api/v1/operations" />}
      />
      <div className={styles.filters}>
        <SegmentedControl
          size="xs"
          aria-label="State"
          value={state ?? 'all'}
          onChange={choose}
          data={['all', ...states].map((value) => ({ value, label: `${value[0]?.toUpperCase() ?? ''}${value.slice(1)}` }))}
        />
      </div>
      <Rollouts cluster={cluster} />
      <Section title="Operations">
        <QueryView query={operations} what="operations" lines={6}>
          {(items) => {
            const shown = items.filter((each) => fits(each, state) && (cluster === undefined || each.request.cluster === cluster))
            if (items.length === 0)
              return (
                <StatePicture state="empty" title="Nothing was done yet">
                  Installing, removing and applying manifests appear here.
                </StatePicture>
              )
            if (shown.length === 0)
              return <StatePicture state="filtered" title={`None of ${items.length} operations fits the filters`} action={showAll} />
            return <OperationList operations={shown} named={named} caption="Operations, newest first" />
          }}
        </QueryView>
      </Section>
    </>
  )
}

const endedShown = 5

// Those that go on, and the newest that are over; a page without any says nothing of them, unless they could not be read.
function Rollouts({ cluster }: { cluster: string | undefined }) {
  const named = useNamedCluster()
  const rollouts = useRollouts()
  const all = rollouts.data?.filter((each) => cluster === undefined || each.cluster === cluster) ?? []
  const shown = all.filter(({ can }, index) => can.length > 0 || index < endedShown)
  if (shown.length === 0 && rollouts.error === null) return null
  return (
    <div style={{ marginBottom: 16 }}>
      <Section title="Rollouts" note="Upgrades by a second control plane, stage by stage">
        <QueryView query={rollouts} what="rollouts">
          {() => shown.length > 0 && <RolloutList rollouts={shown} named={named} caption="Rollouts, newest first" />}
        </QueryView>
      </Section>
    </div>
  )
}

// "Running" covers every state that has not ended: queued ones are on their way too.
function fits(operation: Schema<'Operation'>, state: (typeof states)[number] | undefined): boolean {
  if (state === undefined) return true
  return state === 'running' ? !hasEnded(operation.state) : operation.state === state
}
