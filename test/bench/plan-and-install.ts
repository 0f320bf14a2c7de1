import type { Operation } from '../../contract/operation.js'
import type { Plan } from '../../contract/plan.js'
import { type ServerApi, waitFor } from '../support/running-server.js'
import { timed } from './figures.js'

/** How long the plan took, and how long what it planned. */
export interface PlannedInstall {
  planMs: number
  installMs: number
}

/** Plans an installation through the REST API and runs it to its success; throws with what was said otherwise. */
export async function planAndInstall(server: ServerApi, request: object): Promise<PlannedInstall> {
  let plan = { id: '' }
  const planMs = await timed(async () => {
    plan = await server.post<Plan>('/api/v1/plans', { action: 'install', ...request })
    const made = await waitFor(
      () => server.get<Plan>(`/api/v1/plans/${plan.id}`),
      ({ state }) => state !== 'planning',
    )
    if (made.state !== 'ready') throw new Error(`the plan is ${made.state}: ${JSON.stringify(made.findings)}`)
  })
  const installMs = await timed(async () => {
    const { id } = await server.post<Operation>('/api/v1/operations', { plan: plan.id, confirm: true })
    const ended = await waitFor(
      () => server.get<Operation>(`/api/v1/operations/${id}`),
      ({ state }) => !['queued', 'running'].includes(state),
    )
    if (ended.state !== 'succeeded') throw new Error(`the installation ${ended.state}: ${JSON.stringify(ended.error)}`)
  })
  return { planMs, installMs }
}
