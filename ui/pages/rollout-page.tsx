import { getRouteApi, Link } from '@tanstack/react-router'
import { Age } from '../components/age.js'
import { ClusterName } from '../components/cluster-name.js'
import { FactList } from '../components/fact-list.js'
import { PageHeader } from '../components/page-header.js'
import { ProblemPanel } from '../components/problem-panel.js'
import { QueryView } from '../components/query-view.js'
import { SameByCli } from '../components/same-by-cli.js'
import { Section } from '../components/section.js'
import { SimulatedChip } from '../components/simulated-chip.js'
import { useClusters } from '../features/clusters/clusters-api.js'
import { useNamedCluster } from '../features/clusters/use-named-cluster.js'
import { PlanView } from '../features/operations/plan-view.js'
import { RolloutActions } from '../features/rollouts/rollout-actions.js'
import { RolloutStages } from '../features/rollouts/rollout-stages.js'
import { RolloutState, rolloutTitle } from '../features/rollouts/rollout-words.js'
import { useApproveStage, useRollout } from '../features/rollouts/rollouts-api.js'
import type { Schema } from '../lib/schema.js'
import styles from './pages.module.css'

type Rollout = Schema<'Rollout'>

const route = getRouteApi('/rollouts/$id')

/** One rollout, live: its stages, what stands now, and the plan of the present stage, to be read and approved here. */
export function RolloutPage() {
  const { id } = route.useParams()
  const rollout = useRollout(id)
  return (
    <QueryView query={rollout} what="the rollout" heading="Rollout" lines={6}>
      {(data) => (
        <>
          <RolloutHead rollout={data} />
          <div className={styles.steps}>
            <Section
              title="Stages"
              note={`${data.stages.filter(({ state }) => state === 'succeeded').length} of ${data.stages.length} done`}
            >
              <RolloutStages rollout={data} />
            </Section>
            <PresentStage rollout={data} />
          </div>
        </>
      )}
    </QueryView>
  )
}

function RolloutHead({ rollout }: { rollout: Rollout }) {
  const named = useNamedCluster()
  const { id, cluster, simulated, state, revision, newRevision, tag, createdAt } = rollout
  const facts = [
    ['Cluster', <ClusterName key="cluster" cluster={{ ...named(cluster), simulated }} />],
    ['From revision', <code key="from">{revision}</code>],
    ['To revision', <code key="to">{newRevision}</code>],
    ['By tag', tag === undefined ? undefined : <code key="tag">{tag}</code>],
    ['Begun', <Age key="begun" of={createdAt} suffix=" ago" />],
  ] as const
  return (
    <>
      <PageHeader
        title={`Rollout: ${rolloutTitle(rollout)}`}
        mark={
          <>
            <RolloutState state={state} />
            {simulated && <SimulatedChip />}
          </>
        }
        lead={rollout.standing}
        actions={
          <>
            <SameByCli command={`meshwright rollout show ${id}`} path={`/api/v1/rollouts/${id}`} />
            <RolloutActions rollout={rollout} />
          </>
        }
      />
      <div style={{ marginBottom: 16 }}>
        <FactList facts={facts} />
      </div>
    </>
  )
}

// The plan while it is to be read; afterwards what became of it, in words.
function PresentStage({ rollout }: { rollout: Rollout }) {
  const { state, stage, stages, failure, remedy } = rollout
  const { title = '', plan, operation } = stages[stage] ?? {}
  const isRead = state === 'planning' || state === 'waiting-for-approval' || state === 'blocked'
  const words = sentences[state]
  return (
    <Section title={`Stage ${stage + 1} of ${stages.length}: ${title}`} padded>
      <div className={styles.stack}>
        {isRead && plan !== undefined && <StagePlan key={plan} rollout={rollout} plan={plan} />}
        {failure !== undefined && !(isRead && plan !== undefined) && <ProblemPanel problem={failure} />}
        {remedy !== undefined && <ProblemPanel tone="warn" problem={{ title: rollout.standing, remedy }} />}
        {words !== undefined && <p>{words}</p>}
        {!isRead && operation !== undefined && (
          <Link to="/operations/$id" params={{ id: operation }}>
            Open the operation of this stage
          </Link>
        )}
      </div>
    </Section>
  )
}

const sentences: Partial<Record<Rollout['state'], string>> = {
  running: 'It runs. When it has succeeded, the next stage is planned and waits for you.',
  interrupted: 'Its operation was cut off. Resume or cancel it there; the rollout follows.',
  'stage-failed': 'Mend what is named, then plan the stage again; or stop the rollout, and what was done stays.',
  succeeded: 'Every stage is done.',
  stopped: 'The rollout was stopped: no further stage comes.',
}

function StagePlan({ rollout, plan }: { rollout: Rollout; plan: string }) {
  const clusters = useClusters()
  const approve = useApproveStage(rollout.id)
  return (
    <PlanView
      id={plan}
      clusters={clusters.data ?? []}
      starting={{
        verb: 'Approve',
        command: `meshwright rollout approve ${rollout.id}`,
        begin: (confirm) => approve.mutate({ plan, confirm }),
        busy: approve.isPending,
        error: approve.error,
      }}
    />
  )
}
