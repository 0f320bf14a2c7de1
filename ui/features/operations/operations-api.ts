import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'

/** The newest operations of all clusters. */
export function useOperations() {
  return useQuery({
    queryKey: queryKeys.operations,
    queryFn: async ({ signal }) => (await bodyOf(api.GET('/api/v1/operations', { params: { query: { limit: 200 } }, signal }))).items,
  })
}

/** One operation with its steps. */
export function useOperation(id: string) {
  return useQuery({
    queryKey: queryKeys.operation(id),
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/operations/{id}', { params: { path: { id } }, signal })),
  })
}

/** The three lists of what it changed: requested, observed, invisible. */
export function useOperationObjects(id: string) {
  return useQuery({
    queryKey: queryKeys.operationObjects(id),
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/operations/{id}/objects', { params: { path: { id } }, signal })),
  })
}

/** Its log so far. A refresh asks only for what came after the last entry that is here. */
export function useOperationLog(id: string) {
  const queries = useQueryClient()
  const queryKey = queryKeys.operationLog(id)
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => readOn(id, queries.getQueryData<Schema<'OperationLogEntry'>[]>(queryKey) ?? [], signal),
    structuralSharing: false,
  })
}

/** Cancels or resumes an operation; the answer is its new state. */
export function useOperationCommand(id: string, command: 'cancel' | 'resume') {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: () => bodyOf(api.POST(`/api/v1/operations/{id}/${command}`, { params: { path: { id } } })),
    onSuccess: (operation) => queries.setQueryData(queryKeys.operation(id), operation),
    onSettled: () => queries.invalidateQueries({ queryKey: queryKeys.operation(id) }),
  })
}

/** Plans a failed or cancelled operation again; the answer is the new plan. */
export function useRetryOperation(id: string) {
  return useMutation({ mutationFn: () => bodyOf(api.POST('/api/v1/operations/{id}/retry', { params: { path: { id } } })) })
}

// The log is only ever longer, so what is known is kept and the rest is read in pages.
async function readOn(id: string, known: Schema<'OperationLogEntry'>[], signal: AbortSignal) {
  const entries = [...known]
  for (;;) {
    const last = entries.at(-1)
    const query = { limit: 500, ...(last && { after: last.n }) }
    const { items } = await bodyOf(api.GET('/api/v1/operations/{id}/log', { params: { path: { id }, query }, signal }))
    entries.push(...items)
    if (items.length < 500) return entries
  }
}
