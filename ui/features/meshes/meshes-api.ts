import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'

/** The products that Meshwright knows, each with its adapter. */
export function useMeshes() {
  return useQuery({
    queryKey: queryKeys.meshes,
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/meshes', { signal }))).items,
  })
}

/** One product. */
export function useMesh(mesh: string) {
  return useQuery({
    queryKey: [...queryKeys.meshes, mesh],
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/meshes/{mesh}', { params: { path: { mesh } }, signal })),
  })
}

/**
 * The versions that can be installed, newest first as the server sorts them, with what it says of each: for a cluster when
 * one is given. Those for the last cluster stay until those for another one are there.
 */
export function useMeshVersions(mesh: string, cluster: string | undefined) {
  return useQuery({
    queryKey: [...queryKeys.meshes, mesh, 'versions', cluster],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const query = cluster === undefined ? {} : { cluster }
      return (await bodyOf(api.GET('/api/v1/meshes/{mesh}/versions', { params: { path: { mesh }, query }, signal }))).items
    },
  })
}

/** Has the chart repository of a mesh read anew, for versions that are newer than this Meshwright. */
export function useRefreshVersions(mesh: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => bodyOf(api.POST('/api/v1/meshes/{mesh}/versions/refresh', { params: { path: { mesh }, query: {} } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: [...queryKeys.meshes, mesh, 'versions'] }),
  })
}

/** The kinds of things that a mesh offers. */
export function useMeshActions(mesh: string) {
  return useQuery({
    queryKey: [...queryKeys.meshes, mesh, 'actions'],
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/meshes/{mesh}/actions', { params: { path: { mesh } }, signal }))).items,
  })
}

/** The adapter processes and how they are. They are listed with or without a cluster. */
export function useAdapters() {
  return useQuery({
    queryKey: queryKeys.adapters,
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/adapters', { signal }))).items,
  })
}

/** Starts an adapter when it sleeps and asks whether it answers. */
export function usePingAdapter(mesh: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => bodyOf(api.POST('/api/v1/adapters/{mesh}/ping', { params: { path: { mesh } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: queryKeys.adapters }),
  })
}
