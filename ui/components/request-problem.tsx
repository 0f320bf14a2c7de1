import { Button } from '@mantine/core'
import { noAnswer, RequestFailure } from '../lib/request-failure.js'
import { ProblemPanel } from './problem-panel.js'
import { StatePicture } from './state-picture.js'

/**
 * A failed call where its data would stand: no permission, no answer, or the problem in its own words.
 * What is not a failed call is a fault of this page, and goes on to the error boundary.
 */
export function RequestProblem({ error, retry }: { error: Error; retry?: () => void }) {
  if (!(error instanceof RequestFailure)) throw error
  const { problem, raw } = error
  const again = retry && (
    <Button variant="default" onClick={retry}>
      Try again
    </Button>
  )
  if (problem.status === 403 || problem.status === noAnswer) {
    return (
      <StatePicture state={problem.status === noAnswer ? 'unreachable' : 'forbidden'} title={problem.title} action={again}>
        {problem.remedy ?? problem.cause}
      </StatePicture>
    )
  }
  return (
    <ProblemPanel problem={{ ...problem, cause: problem.cause ?? problem.detail, fields: problem.errors }} raw={raw}>
      {again}
    </ProblemPanel>
  )
}
