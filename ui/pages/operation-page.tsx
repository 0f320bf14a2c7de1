import { Tabs } from '@mantine/core'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Age } from '../components/age.js'
import { ClusterName } from '../components/cluster-name.js'
import { FactList } from '../components/fact-list.js'
import { PageHeader } from '../components/page-header.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { SimulatedChip } from '../components/simulated-chip.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { OperationActions } from '../features/operations/operation-actions.js'
import { OperationDuration } from '../features/operations/operation-duration.js'
import { OperationFiles } from '../features/operations/operation-files.js'
import { OperationLog } from '../features/operations/operation-log.js'
import { OperationObjects } from '../features/operations/operation-objects.js'
import { OperationOutcome } from '../features/operations/operation-outcome.js'
import { OperationTimeline } from '../features/operations/operation-timeline.js'
import { OperationState, operationTitle } from '../features/operations/operation-words.js'
import { useOperation } from '../features/operations/operations-api.js'
import type { Schema } from '../lib/schema.js'
import styles from './pages.module.css'

const route = getRouteApi('/operations/$id')

/**
 * One operation, live: its steps, its log, what it changed, how it ended, and what can be done about it.
 * Everything chosen on it (tab, list, step, text to find) is in the address, so that a link shows the same line
 * of the log to somebody else, and a reload in the middle of an installation changes nothing.
 */
export function OperationPage() {
  const { id } = route.useParams()
  const operation = useOperation(id)
  return (
    <QueryView query={operation} what="the operation" heading="Operation" lines={6}>
      {(data) => <LoadedOperation operation={data} />}
    </QueryView>
  )
}

function LoadedOperation({ operation }: { operation: Schema<'Operation'> }) {
  const { view = 'log', list = 'requested', step, find = '' } = route.useSearch()
  const navigate = route.useNavigate()
  // Typing in the find field replaces the address instead of adding one per letter to the history.
  const change = (part: { view?: 'log' | 'objects'; list?: typeof list; step?: string | undefined; find?: string | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...part }), replace: part.find !== undefined })
  const { id, request } = operation
  // A retry is a plan first: it opens in the dialog of its mesh, like any other plan.
  const showPlan = (plan: Schema<'Plan'>) =>
    void navigate({
      to: '/meshes/$mesh',
      params: { mesh: request.mesh },
      search: { start: request.action, installation: request.installation, plan: plan.id },
    })
  return (
    <>
      <OperationHead
        operation={operation}
        onPlan={showPlan}
        onOperation={(next) => void navigate({ to: '/operations/$id', params: { id: next.id } })}
      />
      <div className={styles.stack}>
        <OperationOutcome operation={operation} />
        <OperationFiles operation={id} />
        <div className={styles.steps}>
          <Section title="Steps" note={<Progress operation={operation} />}>
            <OperationTimeline steps={operation.steps} selected={step} onSelect={(key) => change({ step: key, view: 'log' })} />
          </Section>
          <section className={styles.panel} aria-label="Record of the operation">
            <Tabs value={view} onChange={(value) => change({ view: value === 'objects' ? 'objects' : 'log' })} keepMounted={false}>
              <Tabs.List>
                <Tabs.Tab value="log">Log</Tabs.Tab>
                <Tabs.Tab value="objects">Changed objects</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="log">
                <OperationLog
                  operation={operation}
                  step={step}
                  find={find}
                  onFind={(text) => change({ find: text })}
                  onShowAll={() => change({ find: '', step: undefined })}
                />
              </Tabs.Panel>
              <Tabs.Panel value="objects">
                <OperationObjects operation={id} list={list} onList={(next) => change({ list: next })} />
              </Tabs.Panel>
            </Tabs>
          </section>
        </div>
      </div>
    </>
  )
}

interface OperationHeadProps {
  operation: Schema<'Operation'>
  onPlan: (plan: Schema<'Plan'>) => void
  onOperation: (operation: Schema<'Operation'>) => void
}

// Name, state and facts of the operation, with what can be done about it.
function OperationHead({ operation, onPlan, onOperation }: OperationHeadProps) {
  const named = useNamedCluster()
  const { id, request, parent, retryOf, startedAt, createdAt } = operation
  const facts = [
    ['Cluster', <ClusterName key="cluster" cluster={{ ...named(request.cluster), simulated: operation.simulated }} />],
    ['Namespace', request.namespace === undefined ? undefined : <code key="namespace">{request.namespace}</code>],
    ['Started', <Age key="started" of={startedAt ?? createdAt} suffix=" ago" />],
    ['Took', startedAt === undefined ? undefined : <OperationDuration key="took" operation={operation} />],
    [
      'Stage of',
      parent === undefined ? undefined : (
        <Link key="rollout" to="/rollouts/$id" params={{ id: parent }}>
          a rollout
        </Link>
      ),
    ],
    [
      'Retry of',
      retryOf === undefined ? undefined : (
        <Link key="retry" to="/operations/$id" params={{ id: retryOf }}>
          {retryOf.slice(0, 8)}
        </Link>
      ),
    ],
  ] as const
  return (
    <>
      <PageHeader
        title={operationTitle(request)}
        mark={
          <>
            <OperationState state={operation.state} />
            {operation.simulated && <SimulatedChip />}
          </>
        }
        actions={
          <>
            <SameByCli command={`meshwright operation watch ${id}`} path={`/api/v1/operations/${id}`} />
            <OperationActions operation={operation} onPlan={onPlan} onOperation={onOperation} />
          </>
        }
      />
      <div style={{ marginBottom: 16 }}>
        <FactList facts={facts} />
      </div>
    </>
  )
}

// Skipped steps count as done: a resumed operation starts with those.
function Progress({ operation }: { operation: Schema<'Operation'> }) {
  const finished = operation.steps.filter((step) => step.state === 'succeeded' || step.state === 'skipped').length
  return `${finished} of ${operation.steps.length} done`
}
