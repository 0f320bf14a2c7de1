import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CheckReport } from '../../../contract/check-report.js'
import type { Cluster } from '../../../contract/cluster.js'
import type { Installation } from '../../../contract/installation.js'
import type { Operation } from '../../../contract/operation.js'
import { type RunningServer, startServer, waitFor } from '../../support/running-server.js'

interface Items<Item> {
  items: Item[]
}

describe('after an install on a simulated cluster', () => {
  let server: RunningServer

  beforeAll(async () => {
    server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
  })
  afterAll(() => server?.stop())

  it('the installation is checked by itself, and the report says what a simulation cannot tell', async () => {
    const { id: cluster } = await server.post<Cluster>('/api/v1/clusters', { name: 'playground', sandbox: true })
    const request = { cluster, mesh: 'istio', action: 'install', version: '1.30.3', confirm: true }
    const { id } = await server.post<Operation>('/api/v1/operations', request)
    const ended = await waitFor(
      () => server.get<Operation>(`/api/v1/operations/${id}`),
      ({ state }) => ['succeeded', 'failed'].includes(state),
    )
    expect(ended.state).toBe('succeeded')
    const { items } = await server.get<Items<Installation>>('/api/v1/installations')
    expect(items).toHaveLength(1)
    const reports = await waitFor(
      () => server.get<Items<CheckReport>>(`/api/v1/installations/${items[0]?.id}/checks`),
      (page) => page.items.length > 0,
      60_000,
    )
    expect(reports.items).toMatchObject([{ trigger: 'operation', simulated: true, counts: { error: 0, warning: 0 }, certificates: [] }])
    expect(reports.items[0]?.findings.map(({ code }) => code)).toEqual([
      'control-plane-ready',
      'releases-whole',
      'definitions-served',
      'not-simulated',
      'sidecars-ready',
      'one-mesh-each',
      'beside-others',
      'sidecars-in-step',
      'not-simulated',
      'not-simulated',
    ])
  })
})
