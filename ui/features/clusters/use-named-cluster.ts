import type { NamedCluster } from '../../components/cluster-name.js'
import { useClusters } from './clusters-api.js'

/** Id → name of a cluster and whether it is simulated; a cluster that is gone keeps the beginning of its id. */
export function useNamedCluster(): (id: string) => NamedCluster {
  const { data } = useClusters()
  return (id) => data?.find((cluster) => cluster.id === id) ?? { name: `removed (${id.slice(0, 8)})`, simulated: false }
}
