import { ActionIcon } from '@mantine/core'
import { IconMenu2 } from '@tabler/icons-react'
import { Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { hasEnded } from '../features/operations/operation-words.js'
import { useOperations } from '../features/operations/operations-api.js'
import { ClusterScope } from './cluster-scope.js'
import { LiveMark } from './live-mark.js'
import type { LiveUpdates } from './live-updates.js'
import { Rail } from './rail.js'
import { RunningOperations } from './running-operations.js'
import styles from './shell.module.css'
import { SimulatedStrip } from './simulated-strip.js'
import { ThemeSwitch } from './theme-switch.js'

const OperationNotices = lazy(async () => ({ default: (await import('./operation-notices.js')).OperationNotices }))

/**
 * The frame around every page: navigation, cluster scope, live mark, running operations, theme.
 * It stays when a page fails, and it is the only part that asks for clusters and operations on every page.
 */
export function Shell({ live }: { live: LiveUpdates }) {
  const [open, setOpen] = useState(false)
  const { pathname } = useLocation()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address closes the menu
  useEffect(() => setOpen(false), [pathname])
  return (
    <div className={styles.shell}>
      <a href="#main" className={styles.skip}>
        Skip to the content
      </a>
      <Rail open={open} />
      <div className={styles.top}>
        <header className={styles.bar}>
          <ActionIcon
            className={styles.menu}
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={open ? 'Close the menu' : 'Open the menu'}
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            <IconMenu2 size={20} />
          </ActionIcon>
          <ClusterScope />
          <div className={styles.tools}>
            <RunningOperations />
            <LiveMark live={live} />
            <ThemeSwitch />
          </div>
        </header>
        <SimulatedStrip />
      </div>
      <main id="main" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <Notices />
    </div>
  )
}

// Loaded with the first operation that runs; before that there is nothing to tell.
function Notices() {
  const runs = useOperations().data?.some(({ state }) => !hasEnded(state)) ?? false
  const [wanted, setWanted] = useState(false)
  if (runs && !wanted) setWanted(true)
  return <Suspense>{wanted && <OperationNotices />}</Suspense>
}
