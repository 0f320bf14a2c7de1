import { useQuery, useQueryClient } from '@tanstack/react-query'
import { api, bodyOf } from '../../lib/api-client.js'
import { queryKeys } from '../../lib/query-keys.js'
import type { Schema } from '../../lib/schema.js'

type Event = Schema<'Event'>

/** What the list of events is narrowed to. */
export interface EventFilter {
  cluster?: string | undefined
  level?: Event['level'] | undefined
}

const pageSize = 500
const mostKept = 2000

/** The newest events that fit a filter, oldest first. Events never change, so a refresh asks only for what is newer. */
export function useEvents(filter: EventFilter) {
  const queries = useQueryClient()
  const queryKey = [...queryKeys.events, filter]
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => readOn(filter, queries.getQueryData<Event[]>(queryKey) ?? [], signal),
    structuralSharing: false,
  })
}

async function readOn({ cluster, level }: EventFilter, known: Event[], signal: AbortSignal): Promise<Event[]> {
  let events = known
  for (;;) {
    const query = {
      limit: pageSize,
      after: events.at(-1)?.id ?? 0,
      ...(cluster && { cluster }),
      ...(level && { level: [level] }),
    }
    const { items, next } = await bodyOf(api.GET('/api/v1/events', { params: { query }, signal }))
    events = [...events, ...items].slice(-mostKept)
    if (next === undefined) return events
  }
}
