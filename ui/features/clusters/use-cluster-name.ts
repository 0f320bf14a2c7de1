import { useClusters } from './clusters-api.js'

/** Id → name of a cluster; a cluster that is gone keeps the beginning of its id. */
export function useClusterName(): (id: string) => string {
  const { data } = useClusters()
  return (id) => data?.find((cluster) => cluster.id === id)?.name ?? `removed (${id.slice(0, 8)})`
}
