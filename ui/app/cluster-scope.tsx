import { NativeSelect } from '@mantine/core'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { clusterNameText } from '../components/cluster-name.js'
import { useClusters } from '../features/clusters/clusters-api.js'

/**
 * Narrows every page to one cluster. The choice is in the address, so a link shows what its sender saw.
 * It vanishes while there is nothing to choose from.
 */
export function ClusterScope() {
  const { cluster } = useSearch({ from: '__root__' })
  const navigate = useNavigate()
  const clusters = useClusters()
  if (clusters.data === undefined || clusters.data.length === 0) return null
  const choose = (id: string) => void navigate({ to: '.', search: (before) => ({ ...before, cluster: id === '' ? undefined : id }) })
  return (
    <NativeSelect
      size="xs"
      aria-label="Cluster"
      value={cluster ?? ''}
      onChange={(event) => choose(event.currentTarget.value)}
      data={[{ value: '', label: 'All clusters' }, ...clusters.data.map((each) => ({ value: each.id, label: clusterNameText(each) }))]}
    />
  )
}
