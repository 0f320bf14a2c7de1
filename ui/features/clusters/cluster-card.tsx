import { Button } from '@mantine/core'
import { Age } from '../../components/age.js'
import { FactList } from '../../components/fact-list.js'
import { ProblemPanel } from '../../components/problem-panel.js'
import { RequestProblem } from '../../components/request-problem.js'
import { Section } from '../../components/section.js'
import { SimulatedChip } from '../../components/simulated-chip.js'
import type { Schema } from '../../lib/schema.js'
import styles from './cluster-card.module.css'
import { ClusterChecks } from './cluster-checks.js'
import { ClusterState, clusterTone } from './cluster-state.js'
import { useCheckCluster, useLastCheck, useSandbox } from './clusters-api.js'
import { KindStates } from './kind-states.js'
import { sceneTitle } from './scenes.js'

interface ClusterCardProps {
  cluster: Schema<'Cluster'>
  onRemove: () => void
  /** Offered for a simulated cluster only. */
  onReset: () => void
}

/**
 * One connected cluster: its state with cause and next step, what may be read there, and the check on demand.
 * A check asks the cluster now; the state above it is what the watches last saw.
 */
export function ClusterCard({ cluster, onRemove, onReset }: ClusterCardProps) {
  const sandbox = useSandbox(cluster)
  const check = useCheckCluster(cluster.id)
  const report = useLastCheck(cluster.id)
  return (
    <Section
      title={cluster.name}
      note={<ClusterMarks cluster={cluster} />}
      actions={
        <>
          <Button variant="default" onClick={() => check.mutate()} loading={check.isPending} aria-label={`Check ${cluster.name}`}>
            Check
          </Button>
          {cluster.simulated && (
            <Button variant="default" onClick={onReset} aria-label={`Scene and reset of ${cluster.name}`}>
              Scene and reset
            </Button>
          )}
          <Button variant="subtle" color="red" onClick={onRemove} aria-label={`${cluster.simulated ? 'Leave' : 'Remove'} ${cluster.name}`}>
            {cluster.simulated ? 'Leave' : 'Remove'}
          </Button>
        </>
      }
      padded
    >
      <div className={styles.content}>
        {cluster.failure !== undefined && !isTold(report, cluster.failure) && (
          <ProblemPanel problem={cluster.failure} tone={clusterTone(cluster.state)} />
        )}
        <FactList facts={factsOf(cluster, sandbox.data)} />
        {sandbox.error !== null && cluster.failure === undefined && <RequestProblem error={sandbox.error} />}
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

// State of the watches; a simulated cluster is marked here as everywhere.
function ClusterMarks({ cluster }: { cluster: Schema<'Cluster'> }) {
  return (
    <span className={styles.marks}>
      <ClusterState state={cluster.state} />
      {cluster.simulated && <SimulatedChip />}
    </span>
  )
}

function factsOf(cluster: Schema<'Cluster'>, sandbox: Schema<'SandboxState'> | undefined) {
  return [
    ['Scene', sandbox && `${sceneTitle(sandbox.scene)} (${sandbox.objects} objects)`],
    ['API server', <code key="server">{cluster.server}</code>],
    ['Kubernetes', cluster.kubernetesVersion],
    ['Reads', cluster.scope === 'cluster' ? 'the whole cluster' : cluster.scope.join(', ')],
    ['Credential', credentialOf(cluster)],
    ['In this state since', <Age key="since" of={cluster.since} suffix=" ago" />],
  ] as const
}

function credentialOf({ source, context = '' }: Schema<'Cluster'>): string {
  if (source === 'sandbox') return 'none: it runs inside Meshwright'
  return source === 'upload' ? 'uploaded kubeconfig' : `context ${context} of this machine`
}
