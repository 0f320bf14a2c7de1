import { QueryClient } from '@tanstack/react-query'
import { noAnswer, RequestFailure } from './request-failure.js'

/**
 * Answers stay fresh until the live stream says otherwise, so nothing is polled and focus fetches nothing.
 * Mutations are never tried twice: a POST that starts work may have arrived.
 */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Number.POSITIVE_INFINITY,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        retry: isWorthRetrying,
        retryDelay: (attempt) => 400 * 2 ** attempt,
      },
      mutations: { retry: false },
    },
  })
}

// A refusal will be the same next time; silence and an overloaded server may not.
function isWorthRetrying(count: number, error: Error): boolean {
  if (!(error instanceof RequestFailure)) return false
  return count < 2 && (error.problem.status === noAnswer || error.problem.status === 429)
}
