import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { Cluster, ClusterCheckReport } from '../../../contract/cluster.js'
import { Installation } from '../../../contract/installation.js'
import { Operation, OperationObjects } from '../../../contract/operation.js'
import { Plan } from '../../../contract/plan.js'
import { SandboxState } from '../../../contract/sandbox.js'
import { runCli } from '../../support/run-cli.js'
import { type RunningServer, startServer } from '../../support/running-server.js'

const eventually = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 30_000, interval: 50 })

describe('a simulated cluster of the server', () => {
  let server: RunningServer
  beforeAll(async () => {
    // No helm, no kubeconfig, no charts: what a new machine has.
    server = await startServer({
      environment: { MESHWRIGHT_HELM: '/nowhere/helm', KUBECONFIG: '/nowhere/config', MESHWRIGHT_OFFLINE: '1' },
    })
  })
  afterAll(() => server?.stop())

  const add = async (name: string, scene: string) => Cluster.parse(await server.post('/api/v1/clusters', { name, sandbox: { scene } }))
  const live = (id: string) =>
    eventually(async () => {
      const cluster = Cluster.parse(await server.get(`/api/v1/clusters/${id}`))
      expect(cluster).toMatchObject({ state: 'live', kubernetesVersion: 'v1.36.3+simulated' })
      return cluster
    })
  const installations = async (id: string) => {
    const { items } = await server.get<{ items: unknown[] }>(`/api/v1/installations?cluster=${id}`)
    return items.map((item) => Installation.parse(item))
  }
  const run = async (request: object, confirm: true | string[] = true) => {
    const { id } = Plan.parse(await server.post('/api/v1/plans', request))
    const plan = await eventually(async () => {
      const made = Plan.parse(await server.get(`/api/v1/plans/${id}`))
      expect(made.state).toBe('ready')
      return made
    })
    const operation = Operation.parse(await server.post('/api/v1/operations', { plan: id, confirm }))
    const ended = await eventually(async () => {
      const now = Operation.parse(await server.get(`/api/v1/operations/${operation.id}`))
      expect(now.error).toBeUndefined()
      expect(now.state).toBe('succeeded')
      return now
    })
    return { plan, operation: ended }
  }

  it('goes the whole way without helm: check, plan, install, control plane, uninstall, leftovers', async () => {
    const added = await add('playground', 'applications')
    expect(added).toMatchObject({ simulated: true, source: 'sandbox' })
    await live(added.id)
    const report = ClusterCheckReport.parse(await server.post(`/api/v1/clusters/${added.id}/check`, {}))
    expect(report.ok).toBe(true)

    const { plan, operation } = await run({ cluster: added.id, mesh: 'istio', action: 'install', version: '1.30.3' })
    expect(plan).toMatchObject({ simulated: true })
    expect(plan.findings).toEqual([expect.objectContaining({ code: 'simulated', severity: 'info' })])
    expect(plan.changes.create).toBeGreaterThan(30)
    expect(operation).toMatchObject({ simulated: true, outcome: { state: 'succeeded', world: 'clean' } })
    expect(operation.steps.map(({ key, state }) => [key, state])).toEqual([
      ['base', 'succeeded'],
      ['istiod', 'succeeded'],
    ])
    await eventually(async () =>
      expect(await installations(added.id)).toEqual([
        expect.objectContaining({
          ...{ mesh: 'istio', simulated: true, namespace: 'istio-system', version: '1.30.3', installer: 'meshwright', health: 'healthy' },
          components: [expect.objectContaining({ component: 'istiod', version: '1.30.3', ready: true })],
        }),
      ]),
    )
    const { operation: removal } = await run({ cluster: added.id, mesh: 'istio', action: 'uninstall' })
    await eventually(async () => expect(await installations(added.id)).toEqual([]))
    const objects = OperationObjects.parse(await server.get(`/api/v1/operations/${removal.id}/objects`))
    expect(objects.complete).toBe(true)
    expect(
      objects.requested.some(({ verb, object }) => verb === 'delete' && object.kind === 'Deployment' && object.name === 'istiod'),
    ).toBe(true)
  })

  it('refuses a revision beside the default one: its stand-ins would overwrite each other', async () => {
    const added = await add('two-planes', 'empty')
    await live(added.id)
    const request = { cluster: added.id, mesh: 'istio', action: 'install', version: '1.30.3', revision: 'canary' }
    const { id } = Plan.parse(await server.post('/api/v1/plans', request))
    const plan = await eventually(async () => {
      const made = Plan.parse(await server.get(`/api/v1/plans/${id}`))
      expect(made.state).not.toBe('planning')
      return made
    })
    expect(plan.state).toBe('refused')
    expect(plan.findings).toContainEqual(
      expect.objectContaining({
        ...{ code: 'revision-not-simulated', severity: 'error', message: 'A simulated cluster cannot hold the revision "canary".' },
        ...{ cause: expect.any(String), remedy: expect.any(String) },
      }),
    )
  })

  it('begins anew with another scene, and refuses both on a real cluster', async () => {
    const added = await add('stage', 'empty')
    await live(added.id)
    const state = SandboxState.parse(await server.post(`/api/v1/clusters/${added.id}/sandbox/reset`, { scene: 'three-meshes' }))
    expect(state).toMatchObject({ simulated: true, scene: 'three-meshes' })
    await eventually(async () => expect((await installations(added.id)).map(({ mesh }) => mesh)).toContain('istio'))
    expect(SandboxState.parse(await server.get(`/api/v1/clusters/${added.id}/sandbox`)).scene).toBe('three-meshes')
  })

  it('misbehaves on demand, and is read again afterwards', async () => {
    const added = await add('stormy', 'applications')
    await live(added.id)
    const rules = [{ fault: 'error', status: 503, verbs: ['get'] }]
    expect((await server.call('PUT', `/api/v1/clusters/${added.id}/sandbox/faults`, { seed: 1, rules })).status).toBe(200)
    const failed = ClusterCheckReport.parse(await server.post(`/api/v1/clusters/${added.id}/check`, {}))
    expect(failed.ok).toBe(false)
    await server.call('DELETE', `/api/v1/clusters/${added.id}/sandbox/faults`)
    expect(ClusterCheckReport.parse(await server.post(`/api/v1/clusters/${added.id}/check`, {})).ok).toBe(true)
  })

  it('refuses a fault script that is none', async () => {
    const added = await add('strict', 'empty')
    const answer = await server.call<{ code: string }>('PUT', `/api/v1/clusters/${added.id}/sandbox/faults`, {
      seed: 1,
      rules: [{ fault: 'flood' }],
    })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid-request' } })
  })

  it('comes back in its place when its process is killed', async () => {
    const added = await add('fragile', 'applications')
    await live(added.id)
    const line = server.log
      .filter((text) => text.startsWith('{'))
      .map((text) => JSON.parse(text))
      .find((entry) => entry.cluster === added.id && entry.msg === 'a simulated cluster runs')
    process.kill(line.pid, 'SIGKILL')
    await eventually(async () => {
      const { items } = await server.get<{ items: { message: string; subject: string }[] }>('/api/v1/events?limit=200')
      expect(items.some(({ subject, message }) => subject === added.id && message.includes('ended unexpectedly'))).toBe(true)
    })
    await eventually(async () =>
      expect(ClusterCheckReport.parse(await server.post(`/api/v1/clusters/${added.id}/check`, {})).ok).toBe(true),
    )
  })

  it('is added, named as simulated and reset from a shell', async () => {
    await using other = await startServer()
    const meshwright = (...args: string[]) => runCli(args, { dataDir: other.dataDir })
    expect((await meshwright('cluster', 'add', '--sandbox')).exitCode).toBe(0)
    expect((await meshwright('cluster', 'list')).stdout).toContain('playground (simulated)')
    const unasked = await meshwright('cluster', 'reset', 'playground', '--scene', 'three-meshes')
    expect(unasked).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--yes') })
    const reset = await meshwright('cluster', 'reset', 'playground', '--scene', 'three-meshes', '--yes', '-o', 'json')
    expect(reset.exitCode).toBe(0)
    expect(SandboxState.parse(JSON.parse(reset.stdout)).scene).toBe('three-meshes')
    await eventually(async () => expect((await meshwright('status')).stdout).toContain('istio (simulated)'))
    expect((await meshwright('cluster', 'add', 'x', '--scene', 'moon')).exitCode).toBe(2)
    for (const way of [
      ['--context', 'prod', '--sandbox'],
      ['--kubeconfig', '/nowhere', '--scene', 'empty'],
    ]) {
      const mixed = await meshwright('cluster', 'add', ...way)
      expect(mixed).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('A cluster is either real or simulated.') })
      expect(mixed.stderr).toContain('do this:')
    }
  })

  it('is one of five at most', async () => {
    const answer = await server.call<{ code: string; title: string }>('POST', '/api/v1/clusters', { name: 'sixth', sandbox: true })
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict' } })
  })
})
