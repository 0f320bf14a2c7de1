import { Button } from '@mantine/core'
import { Age } from '../../components/age.js'
import { FactList } from '../../components/fact-list.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { RequestProblem } from '../../components/request-problem.js'
import { Section } from '../../components/section.js'
import type { Schema } from '../../lib/schema.js'
import styles from './cluster-card.module.css'
import { ClusterChecks } from './cluster-checks.js'
import { ClusterState, clusterTone } from './cluster-state.js'
import { useCheckCluster, useLastCheck } from './clusters-api.js'
import { KindStates } from './kind-states.js'

/**
 * One connected cluster: its state with cause and next step, what may be read there, and the check on demand.
 * A check asks the cluster now; the state above it is what the watches last saw.
 */
export function ClusterCard({ cluster, onRemove }: { cluster: Schema<'Cluster'>; onRemove: () => void }) {
  const check = useCheckCluster(cluster.id)
  const report = useLastCheck(cluster.id)
  return (
    <Section
      title={cluster.name}
      note={<ClusterState state={cluster.state} />}
      actions={
        <>
          <Button variant="default" onClick={() => check.mutate()} loading={check.isPending} aria-label={`Check ${cluster.name}`}>
            Check
          </Button>
          <Button variant="subtle" color="red" onClick={onRemove} aria-label={`Remove ${cluster.name}`}>
            Remove
          </Button>
        </>
      }
      padded
    >
      <div className={styles.content}>
        {cluster.failure !== undefined && !isTold(report, cluster.failure) && (
          <ProblemPanel problem={cluster.failure} tone={clusterTone(cluster.state)} />
        )}
        <FactList facts={factsOf(cluster)} />
        {check.error !== null && <RequestProblem error={check.error} />}
        {report !== undefined && <ClusterChecks report={report} />}
        <KindStates kinds={cluster.kinds} />
      </div>
    </Section>
  )
}

// The checks say it again, and in more detail.
function isTold(report: Schema<'ClusterCheckReport'> | undefined, failure: Schema<'Failure'>): boolean {
  return report?.checks.some(({ message }) => message === failure.title) ?? false
}

function factsOf(cluster: Schema<'Cluster'>) {
  return [
    ['API server', <code key="server">{cluster.server}</code>],
    ['Kubernetes', cluster.kubernetesVersion],
    ['Reads', cluster.scope === 'cluster' ? 'the whole cluster' : cluster.scope.join(', ')],
    ['Credential', cluster.source === 'upload' ? 'uploaded kubeconfig' : `context ${cluster.context ?? ''} of this machine`],
    ['In this state since', <Age key="since" of={cluster.since} suffix=" ago" />],
  ] as const
}
