import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import styles from './dialog.module.css'

interface DialogProps {
  title: string
  onClose: () => void
  children: ReactNode
  size?: number
  /** What was typed must not be lost by a click beside the dialog. */
  holdsInput?: boolean
}

/**
 * A dialog over the page: focus stays inside, Escape closes it, and it comes back to where it was opened.
 * It is drawn only while it is open, so everything typed into it is gone when it closes.
 */
export function Dialog({ title, onClose, children, size = 560, holdsInput = false }: DialogProps) {
  return (
    <Modal.Root opened onClose={onClose} size={size} xOffset="2vw" closeOnClickOutside={!holdsInput}>
      <Modal.Overlay />
      <Modal.Content>
        {/* Not Modal.Header: its element would be a second banner of the page. */}
        <div className={styles.head}>
          <Modal.Title className={styles.title}>{title}</Modal.Title>
          <Modal.CloseButton aria-label="Close" />
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  )
}
