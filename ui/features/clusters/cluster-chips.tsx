import { Link } from '@tanstack/react-router'
import { Chip } from '../../components/chip.js'
import { SimulatedChip } from '../../components/simulated-chip.js'
import type { Schema } from '../../lib/schema.js'
import { clusterTone } from './cluster-state.js'

type Cluster = Schema<'Cluster'>

/**
 * One chip per cluster that leads to it.
 * A live one shows its version, any other its state first.
 */
export function ClusterChips({ clusters }: { clusters: readonly Cluster[] }) {
  return clusters.map((cluster) => (
    <Link key={cluster.id} to="/clusters" search={{ open: cluster.id }} style={{ textDecoration: 'none', maxWidth: '100%' }}>
      <Chip
        tone={clusterTone(cluster.state)}
        name={cluster.name}
        text={textOf(cluster)}
        {...(cluster.simulated && { mark: <SimulatedChip /> })}
      />
    </Link>
  ))
}

function textOf({ state, kubernetesVersion }: Cluster): string {
  const version = kubernetesVersion === undefined ? '' : `Kubernetes ${kubernetesVersion.replace(/^v|\+simulated$/g, '')}`
  if (state === 'live') return version
  const word = state === 'unauthorised' ? 'not authorised' : state
  return version === '' ? word : `${word}, ${version}`
}
