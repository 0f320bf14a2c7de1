import { Button } from '@mantine/core'
import type { ErrorComponentProps } from '@tanstack/react-router'
import { PageHeader } from '../components/page-header.js'
import { ProblemPanel } from '../components/problem-panel.js'

/**
 * What stands in place of a page whose drawing failed. The rest of the shell goes on.
 * A page that was loaded before an update may miss a file: hence the reload.
 */
export function PageError({ error: thrown, reset }: ErrorComponentProps) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return (
    <>
      <PageHeader title="This page could not be drawn" />
      <ProblemPanel
        problem={{
          title: 'Something in the page itself went wrong',
          cause: error.message,
          remedy: 'Try again. After an update of Meshwright, reload the page. When it stays, report it with the details below.',
        }}
        raw={`${error.message}\n${error.stack ?? ''}\n${navigator.userAgent}`}
      >
        <Button variant="default" onClick={reset}>
          Try again
        </Button>
        <Button variant="default" onClick={() => location.reload()}>
          Reload the page
        </Button>
      </ProblemPanel>
    </>
  )
}
