import { useQuery } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'

/** A namespace of one cluster, as one mesh sees it. */
export interface MemberPlace {
  cluster: string
  namespace: string
  mesh: string
}

/** Its application pods: what applies to each, and what it is. */
export function usePods({ cluster, namespace, mesh }: MemberPlace) {
  const query = { cluster, namespace, mesh, limit: 500 }
  return useQuery({
    queryKey: [...queryKeys.namespaces, 'pods', query],
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/pods', { params: { query }, signal }))).items,
  })
}

/** Why one pod is in the mesh or not. It dials the cluster, so it is asked anew each time it is opened and never by itself. */
export function useExplanation({ cluster, namespace, mesh }: MemberPlace, pod: string) {
  const query = { cluster, namespace, mesh, pod }
  return useQuery({
    queryKey: ['explanation', query],
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/workloads/explain', { params: { query }, signal }))).items,
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
}
