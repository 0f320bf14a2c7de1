import { Button } from '@mantine/core'
import { IconPlayerStop, IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { ConfirmDialog } from '../../components/confirm-dialog.js'
import { RequestProblem } from '../../components/request-problem.js'
import type { Schema } from '../../lib/schema.js'
import { useRolloutCommand } from './rollouts-api.js'

/** What the server lets be done with a rollout beside approving: plan its stage again, or stop it. */
export function RolloutActions({ rollout }: { rollout: Schema<'Rollout'> }) {
  const replan = useRolloutCommand(rollout.id, 'replan')
  return (
    <>
      {rollout.can.includes('replan') && (
        <Button
          variant="default"
          leftSection={<IconRefresh size={14} aria-hidden="true" />}
          loading={replan.isPending}
          onClick={() => replan.mutate()}
        >
          Plan the stage again
        </Button>
      )}
      {rollout.can.includes('stop') && <StopButton rollout={rollout} />}
      {replan.error !== null && <RequestProblem error={replan.error} />}
    </>
  )
}

// What it leaves is said before, because two control planes are left more often than one.
function StopButton({ rollout }: { rollout: Schema<'Rollout'> }) {
  const stop = useRolloutCommand(rollout.id, 'stop')
  const [asked, setAsked] = useState(false)
  return (
    <>
      <Button variant="default" leftSection={<IconPlayerStop size={14} aria-hidden="true" />} onClick={() => setAsked(true)}>
        Stop
      </Button>
      {asked && (
        <ConfirmDialog
          title="Stop this rollout?"
          action="Stop the rollout"
          busy={stop.isPending}
          error={stop.error}
          onConfirm={() => stop.mutate(undefined, { onSuccess: () => setAsked(false) })}
          onClose={() => setAsked(false)}
        >
          No further stage comes. {rollout.state === 'running' && 'The operation that runs goes on to its end. '}
          What was done stays: {rollout.standing}
        </ConfirmDialog>
      )}
    </>
  )
}
