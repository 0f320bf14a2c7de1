import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { operations } from '../../gen/api.js'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'

const pageSize = 100

/** Starts the adapter of a mesh while somebody still fills in what it will be asked; when it cannot start, the plan tells. */
export function useReadyAdapter(mesh: string): void {
  useEffect(() => {
    void api.POST('/api/v1/adapters/{mesh}/ping', { params: { path: { mesh } } }).catch(() => undefined)
  }, [mesh])
}

/** Asks for a plan. Nothing in the cluster changes by it. */
export function useCreatePlan() {
  return useMutation({ mutationFn: (body: Schema<'ActionRequest'>) => bodyOf(api.POST('/api/v1/plans', { body })) })
}

/** A plan; while it is made, every answer is a little further on. */
export function usePlan(id: string) {
  return useQuery({
    queryKey: queryKeys.plan(id),
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/plans/{id}', { params: { path: { id } }, signal })),
  })
}

/** The objects of a finished plan, page by page. */
export function usePlanObjects(id: string) {
  return useInfiniteQuery({
    queryKey: [...queryKeys.plan(id), 'objects'],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: pageSize, ...(pageParam !== '' && { cursor: pageParam }) }
      return bodyOf(api.GET('/api/v1/plans/{id}/objects', { params: { path: { id }, query }, signal }))
    },
    getNextPageParam: (page) => page.next,
  })
}

/** One object of a plan with its diff. */
export function usePlanObject(id: string, n: number) {
  return useQuery({
    queryKey: [...queryKeys.plan(id), 'objects', n],
    queryFn: ({ signal }) => bodyOf(api.GET('/api/v1/plans/{id}/objects/{n}', { params: { path: { id, n } }, signal })),
  })
}

/** Fetches a plan as a file for another tool and lets the browser keep it. A link could not send the session along. */
export function useExportPlan(id: string) {
  return useMutation({
    mutationFn: async (format: ExportFormat) => {
      const call = api.GET('/api/v1/plans/{id}/export', { params: { path: { id }, query: { format } }, parseAs: 'text' })
      const text = await bodyOf(call)
      saveFile(text, fileNameOf((await call).response) ?? `plan-${format}`)
    },
  })
}

type ExportFormat = operations['getPlansByIdExport']['parameters']['query']['format']

function fileNameOf(response: Response): string | undefined {
  return /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1]
}

function saveFile(text: string, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([text]))
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

/** Starts a plan with the confirmations that were given. */
export function useStartPlan() {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (body: { plan: string; confirm: string[] }) => bodyOf(api.POST('/api/v1/operations', { body })),
    onSuccess: (operation) => {
      queries.setQueryData(queryKeys.operation(operation.id), operation)
      return queries.invalidateQueries({ queryKey: queryKeys.operations })
    },
  })
}
