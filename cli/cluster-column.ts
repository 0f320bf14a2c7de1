import type { Cluster } from '../contract/cluster.js'
import type { ResourceView } from './print-resource.js'

/** The view with the name of the cluster as second column; a cluster that is forgotten is told by its id. */
export function withClusterColumn<Item>(
  view: ResourceView<Item>,
  clusters: Cluster[],
  clusterOf: (item: Item) => string,
): ResourceView<Item> {
  const names = new Map(clusters.map(({ id, name }) => [id, name]))
  const value = (item: Item) => names.get(clusterOf(item)) ?? clusterOf(item)
  const [first, ...others] = view.columns
  return { ...view, columns: [...(first ? [first] : []), { title: 'CLUSTER', value }, ...others] }
}
