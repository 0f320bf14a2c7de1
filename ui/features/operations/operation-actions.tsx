import { Button } from '@mantine/core'
import { IconPlayerPlay, IconRefresh, IconX } from '@tabler/icons-react'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.js'
import { RequestProblem } from '../../components/request-problem.js'
import type { Schema } from '../../lib/schema.js'
import styles from './operation-actions.module.css'
import { useOperationCommand, useRetryOperation } from './operations-api.js'

interface OperationActionsProps {
  operation: Schema<'Operation'>
  onPlan: (plan: Schema<'Plan'>) => void
  onOperation: (operation: Schema<'Operation'>) => void
}

/**
 * What the server lets be done with an operation in its present state: cancel, resume, or plan it again.
 * Resume goes on from the step that was cut; "Plan again" starts from a fresh look at the cluster.
 */
export function OperationActions({ operation, onPlan, onOperation }: OperationActionsProps) {
  const resume = useOperationCommand(operation.id, 'resume')
  const retry = useRetryOperation(operation.id)
  const { can } = operation
  const problem = resume.error ?? retry.error
  return (
    <div className={styles.actions}>
      {can.includes('cancel') && <CancelButton operation={operation} />}
      {can.includes('resume') && (
        <Button
          leftSection={<IconPlayerPlay size={14} aria-hidden="true" />}
          loading={resume.isPending}
          onClick={() => resume.mutate(undefined, { onSuccess: onOperation })}
        >
          Resume
        </Button>
      )}
      {can.includes('retry') && (
        <Button
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          loading={retry.isPending}
          onClick={() => retry.mutate(undefined, { onSuccess: onPlan })}
        >
          Plan again
        </Button>
      )}
      {problem !== null && <RequestProblem error={problem} />}
    </div>
  )
}

// Asked for once only: a cancel that is under way cannot be taken back. One that the interruption overtook is asked for again.
function CancelButton({ operation }: { operation: Schema<'Operation'> }) {
  const cancel = useOperationCommand(operation.id, 'cancel')
  const [asked, setAsked] = useState(false)
  const interrupted = operation.state === 'interrupted'
  const underWay = operation.cancelRequested && !interrupted
  return (
    <>
      <Button variant="default" leftSection={<IconX size={14} aria-hidden="true" />} disabled={underWay} onClick={() => setAsked(true)}>
        {underWay ? 'Cancelling' : 'Cancel'}
      </Button>
      {asked && (
        <ConfirmDialog
          title="Cancel this operation?"
          action="Cancel the operation"
          busy={cancel.isPending}
          error={cancel.error}
          onConfirm={() => cancel.mutate(undefined, { onSuccess: () => setAsked(false) })}
          onClose={() => setAsked(false)}
        >
          {interrupted
            ? 'It is closed as it is: nothing in the cluster is changed or undone. Afterwards it can be planned again.'
            : 'The running step is stopped; finished steps stay as they are. Afterwards it can be planned again.'}
        </ConfirmDialog>
      )}
    </>
  )
}
