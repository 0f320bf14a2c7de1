import { queryOptions, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'

/** The newest report of an installation; null when it was never looked at. */
export function useLastReport(installation: string) {
  return useQuery(lastReport(installation))
}

/** Looks at an installation now; nothing in the cluster changes. */
export function useRunChecks(installation: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => bodyOf(api.POST('/api/v1/installations/{id}/checks', { params: { path: { id: installation } } })),
    onSuccess: (report) => {
      queries.setQueryData([...queryKeys.checks, installation], report)
      return queries.invalidateQueries({ queryKey: queryKeys.certificates })
    },
  })
}

/** Certificates as the newest report of each installation has them, the first to end first. */
export function useCertificates(cluster: string | undefined) {
  const query = { limit: 500, ...(cluster !== undefined && { cluster }) }
  return useQuery({
    queryKey: [...queryKeys.certificates, query],
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/certificates', { params: { query }, signal }))).items,
  })
}

/** What the newest reports of these installations say of certificates that may not be read. */
export function useUnreadable(installations: readonly Schema<'Installation'>[]) {
  const reports = useQueries({ queries: installations.map(({ id }) => lastReport(id)) })
  return reports.flatMap(({ data }) => {
    const finding = data?.findings.find(({ code }) => code === 'certificates-not-readable')
    return data && finding ? [{ report: data, finding }] : []
  })
}

function lastReport(installation: string) {
  return queryOptions({
    queryKey: [...queryKeys.checks, installation],
    queryFn: async ({ signal }) => {
      const params = { path: { id: installation }, query: { limit: 1 } }
      const page = await bodyOf(api.GET('/api/v1/installations/{id}/checks', { params, signal }))
      return page.items[0] ?? null
    },
  })
}
