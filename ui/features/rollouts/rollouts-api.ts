import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'

/** The newest rollouts of all clusters. */
export function useRollouts() {
  return useQuery({
    queryKey: queryKeys.rollouts,
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/rollouts', { params: { query: { limit: 200 } }, signal }))).items,
  })
}

/** One rollout with its stages. */
export function useRollout(id: string) {
  return useQuery({
    queryKey: queryKeys.rollout(id),
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/rollouts/{id}', { params: { path: { id } }, signal })),
  })
}

/** Begins a rollout: its first stage is planned, nothing changes. */
export function useBeginRollout() {
  return useMutation({ mutationFn: (body: Schema<'NewRollout'>) => bodyOf(api.POST('/api/v1/rollouts', { body })) })
}

/** Starts the plan of the present stage, with what was confirmed. */
export function useApproveStage(id: string) {
  const keep = useKeep(id)
  return useMutation({
    mutationFn: (body: { plan: string; confirm: string[] }) =>
      bodyOf(api.POST('/api/v1/rollouts/{id}/approve', { params: { path: { id } }, body })),
    onSuccess: keep,
  })
}

/** Plans the present stage again, or lets no further one come; the answer is the rollout as it is then. */
export function useRolloutCommand(id: string, command: 'replan' | 'stop') {
  const keep = useKeep(id)
  return useMutation({
    mutationFn: () => bodyOf(api.POST(`/api/v1/rollouts/{id}/${command}`, { params: { path: { id } } })),
    onSuccess: keep,
  })
}

function useKeep(id: string) {
  const queries = useQueryClient()
  return (rollout: Schema<'Rollout'>) => void queries.setQueryData(queryKeys.rollout(id), rollout)
}
