import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import { Dialog } from './dialog.js'
import { RequestProblem } from './request-problem.js'

interface ConfirmDialogProps {
  title: string
  action: string
  children: ReactNode
  busy: boolean
  error: Error | null
  onConfirm: () => void
  onClose: () => void
}

/**
 * Asks before something that cannot be undone; the button says what will happen, and a failure is told in place.
 * The way out comes first and is what Escape does.
 */
export function ConfirmDialog({ title, action, children, busy, error, onConfirm, onClose }: ConfirmDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <div style={{ display: 'grid', gap: 16 }}>
        <div>{children}</div>
        {error !== null && <RequestProblem error={error} />}
        <div style={{ display: 'flex', gap: 8, justifyContent: 'flex-end' }}>
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button color="red" loading={busy} onClick={onConfirm}>
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  )
}
