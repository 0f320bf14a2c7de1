import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './app/mantine-styles.css'
import './app/base.css'
import { LiveUpdates } from './app/live-updates.js'
import { createAppRouter } from './app/router.js'
import { SessionGate } from './app/session-gate.js'
import { inkResolver, theme } from './app/theme.js'
import { createQueryClient } from './lib/query-client.js'

const queries = createQueryClient()
const live = new LiveUpdates(queries)
const router = createAppRouter(live)
const root = document.getElementById('root')
if (!root) throw new Error('The page has no root element')

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={inkResolver} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <SessionGate live={live}>
          <RouterProvider router={router} />
        </SessionGate>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
)
