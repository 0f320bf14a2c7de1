import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { PageHeader } from './page-header.js'
import { RequestProblem } from './request-problem.js'
import { LoadingLines } from './state-picture.js'

interface QueryViewProps<Data> {
  query: UseQueryResult<Data>
  what: string
  lines?: number
  /** For a whole page: its heading while there is no data to draw it from. */
  heading?: string
  children: (data: Data) => ReactNode
}

/**
 * Draws an answer, or the state of its absence. Data already shown stays when a later refresh fails.
 * Five states are told apart in all: loading, empty, filtered, not allowed, not reached; the middle two are the caller's.
 */
export function QueryView<Data>({ query, what, lines = 3, heading, children }: QueryViewProps<Data>) {
  const retry = () => void query.refetch()
  if (query.data !== undefined) {
    return (
      <>
        {query.error !== null && <RequestProblem error={query.error} retry={retry} />}
        {children(query.data)}
      </>
    )
  }
  return (
    <>
      {heading !== undefined && <PageHeader title={heading} />}
      {query.error === null ? <LoadingLines what={what} lines={lines} /> : <RequestProblem error={query.error} retry={retry} />}
    </>
  )
}
