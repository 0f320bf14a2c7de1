import { useQuery } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'

/** What is installed, in one cluster or in all. */
export function useInstallations(filter: { cluster?: string | undefined; mesh?: string | undefined }) {
  const query = {
    ...(filter.cluster !== undefined && { cluster: filter.cluster }),
    ...(filter.mesh !== undefined && { mesh: filter.mesh }),
  }
  return useQuery({
    queryKey: [...queryKeys.installations, query],
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/installations', { params: { query }, signal }))).items,
  })
}

/** Per namespace and mesh: asked for, injected, in need of a restart. */
export function useNamespaces(cluster: string | undefined) {
  const query = cluster === undefined ? {} : { cluster }
  return useQuery({
    queryKey: [...queryKeys.namespaces, query],
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/namespaces', { params: { query }, signal }))).items,
  })
}
