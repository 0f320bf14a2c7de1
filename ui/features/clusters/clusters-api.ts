import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf, done } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'

const clusters = queryOptions({
  queryKey: queryKeys.clusters,
  queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/clusters', { params: { query: { limit: 500 } }, signal }))).items,
})

/** Every cluster that is connected, in the order of the server. */
export function useClusters() {
  return useQuery(clusters)
}

/** The contexts found in this machine's kubeconfig. Asking for them dials nothing. */
export function useContexts() {
  return useQuery({
    queryKey: queryKeys.contexts,
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/kubeconfig-contexts', { signal }))).items,
  })
}

/** Connects a cluster; the list and the contexts are loaded again. */
export function useAddCluster() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: Schema<'NewCluster'>) => bodyOf(api.POST('/api/v1/clusters', { body })),
    onSuccess: () => Promise.all([queries.invalidateQueries(clusters), queries.invalidateQueries({ queryKey: queryKeys.contexts })]),
  })
}

/** Runs the four checks against the cluster now. The report is kept until the next one. */
export function useCheckCluster(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationKey: ['check', id],
    mutationFn: () => bodyOf(api.POST('/api/v1/clusters/{id}/check', { params: { path: { id } } })),
    onSuccess: (report) => queries.setQueryData(['cluster-check', id], report),
  })
}

/** The last report of this page for a cluster, or undefined when it was not checked since the page was loaded. */
export function useLastCheck(id: string) {
  return useQuery<Schema<'ClusterCheckReport'>>({ queryKey: ['cluster-check', id], enabled: false }).data
}

/** Disconnects a cluster. Nothing in the cluster changes. */
export function useRemoveCluster() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (id: string) => done(api.DELETE('/api/v1/clusters/{id}', { params: { path: { id } } })),
    onSuccess: () => Promise.all([queries.invalidateQueries(clusters), queries.invalidateQueries({ queryKey: queryKeys.contexts })]),
  })
}
