import { useQuery } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'

/** The version and release channel of this Meshwright. */
export function useProductVersion() {
  return useQuery({ queryKey: queryKeys.version, queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/version', { signal })) })
}
