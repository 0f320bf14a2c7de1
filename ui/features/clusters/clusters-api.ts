import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf, done } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'
import type { SceneName } from './scenes.js'

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

/**
 * Adds a simulated cluster with a scene. The first is called "playground", the next "playground-2":
 * a name that two tabs chose at once is refused by the server like any other twin.
 */
export function useAddSimulated() {
  const queries = useQueryClient()
  const { mutateAsync: add } = useAddCluster()
  return useMutation({
    mutationFn: async (scene: SceneName) => {
      const names = (await queries.ensureQueryData(clusters)).map((each) => each.name)
      return add({ name: freeName('playground', names), sandbox: { scene } })
    },
  })
}

/** Scene and size of a simulated cluster; nothing is asked for a real one. */
export function useSandbox({ id, simulated }: Schema<'Cluster'>) {
  return useQuery({
    queryKey: queryKeys.sandbox(id),
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/clusters/{id}/sandbox', { params: { path: { id } }, signal })),
    enabled: simulated,
  })
}

/** Begins a simulated cluster anew with a scene; all that was known of it is stale. */
export function useResetSandbox(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (scene: SceneName) =>
      bodyOf(api.POST('/api/v1/clusters/{id}/sandbox/reset', { params: { path: { id } }, body: { scene } })),
    onSuccess: (state) => {
      queries.setQueryData(queryKeys.sandbox(id), state)
      const stale = [queryKeys.clusters, queryKeys.installations, queryKeys.namespaces]
      return Promise.all(stale.map((queryKey) => queries.invalidateQueries({ queryKey })))
    },
  })
}

function freeName(base: string, taken: readonly string[]): string {
  let name = base
  for (let n = 2; taken.includes(name); n += 1) name = `${base}-${n}`
  return name
}
