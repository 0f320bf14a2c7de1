import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Cluster, ClusterCheckReport } from '../../../contract/cluster.js'
import type { Event } from '../../../contract/event.js'
import { Installation } from '../../../contract/installation.js'
import { Operation, OperationObjects } from '../../../contract/operation.js'
import { Plan } from '../../../contract/plan.js'
import { type FaultScript, SandboxState } from '../../../contract/sandbox.js'
import { tokenKubeconfig } from '../../support/kubeconfig-text.js'
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
  // No more than five fit.
  afterEach(async () => {
    const { items } = await server.get<{ items: unknown[] }>('/api/v1/clusters')
    for (const item of items) await server.call('DELETE', `/api/v1/clusters/${Cluster.parse(item).id}`)
  })

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
  const isWell = async (id: string) => ClusterCheckReport.parse(await server.post(`/api/v1/clusters/${id}/check`, {})).ok
  /** The newest process of a cluster, as the server's log tells it. */
  const processOf = (id: string): { pid: number; url: string } =>
    server.log
      .filter((text) => text.startsWith('{'))
      .map((text) => JSON.parse(text))
      .findLast((entry) => entry.cluster === id && entry.msg === 'a simulated cluster runs')
  const faults = async (id: string, ...rules: FaultScript['rules']) => {
    const { status } = await server.call('PUT', `/api/v1/clusters/${id}/sandbox/faults`, { seed: 1, rules })
    expect(status).toBe(200)
  }
  const ready = async (request: object) => {
    const { id } = Plan.parse(await server.post('/api/v1/plans', request))
    return eventually(async () => {
      const made = Plan.parse(await server.get(`/api/v1/plans/${id}`))
      expect(made.state).toBe('ready')
      return made
    })
  }
  const start = async (plan: string, confirm: true | string[] = true) =>
    Operation.parse(await server.post('/api/v1/operations', { plan, confirm }))
  const ended = ({ id }: Operation) =>
    eventually(async () => {
      const now = Operation.parse(await server.get(`/api/v1/operations/${id}`))
      expect(['succeeded', 'failed', 'cancelled']).toContain(now.state)
      return now
    })
  const objectsOf = async (id: string) => OperationObjects.parse(await server.get(`/api/v1/operations/${id}/objects`))
  const run = async (request: object, confirm: true | string[] = true) => {
    const plan = await ready(request)
    const operation = await ended(await start(plan.id, confirm))
    expect(operation.error).toBeUndefined()
    expect(operation.state).toBe('succeeded')
    return { plan, operation }
  }

  it('goes the whole way without helm: check, plan, install, control plane, uninstall, leftovers', async () => {
    const added = await add('playground', 'applications')
    expect(added).toMatchObject({ simulated: true, source: 'sandbox' })
    await live(added.id)
    const report = ClusterCheckReport.parse(await server.post(`/api/v1/clusters/${added.id}/check`, {}))
    expect(report.ok).toBe(true)

    const { plan, operation } = await run({ cluster: added.id, mesh: 'istio', action: 'install', version: '1.30.3' })
    expect(plan).toMatchObject({ simulated: true })
    expect(plan.findings.map(({ code, severity }) => [code, severity])).toEqual([
      ['simulated', 'info'],
      ['gateway-api-absent', 'info'],
    ])
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
    const { plan: removalPlan, operation: removal } = await run({ cluster: added.id, mesh: 'istio', action: 'uninstall' })
    expect(removalPlan.leftovers.map(({ object }) => object?.name)).toContain('virtualservices.networking.istio.io')
    await eventually(async () => expect(await installations(added.id)).toEqual([]))
    const objects = OperationObjects.parse(await server.get(`/api/v1/operations/${removal.id}/objects`))
    expect(objects.complete).toBe(true)
    expect(
      objects.requested.some(({ verb, object }) => verb === 'delete' && object.kind === 'Deployment' && object.name === 'istiod'),
    ).toBe(true)
    const again = Plan.parse(await server.post('/api/v1/plans', { cluster: added.id, mesh: 'istio', action: 'install', version: '1.30.3' }))
    const { items: planned } = await eventually(async () => {
      expect(Plan.parse(await server.get(`/api/v1/plans/${again.id}`)).state).toBe('ready')
      return server.get<{ items: { object: { name: string }; change: string }[] }>(`/api/v1/plans/${again.id}/objects?limit=500`)
    })
    const definition = planned.find(({ object }) => object.name === 'virtualservices.networking.istio.io')
    expect(['keep', 'update']).toContain(definition?.change)
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

  it('begins anew with another scene', async () => {
    const added = await add('stage', 'empty')
    await live(added.id)
    const state = SandboxState.parse(await server.post(`/api/v1/clusters/${added.id}/sandbox/reset`, { scene: 'three-meshes' }))
    expect(state).toMatchObject({ simulated: true, scene: 'three-meshes' })
    await eventually(async () => expect((await installations(added.id)).map(({ mesh }) => mesh)).toContain('istio'))
    expect(SandboxState.parse(await server.get(`/api/v1/clusters/${added.id}/sandbox`)).scene).toBe('three-meshes')
  })

  it('refuses reset and faults on a real cluster', async () => {
    const kubeconfig = tokenKubeconfig({ url: 'https://127.0.0.1:1', token: 'unused' })
    const { id } = Cluster.parse(await server.post('/api/v1/clusters', { name: 'real', kubeconfig }))
    const refused = { status: 409, body: { code: 'conflict', title: 'real is a real cluster.', cause: expect.any(String) } }
    expect(await server.call('POST', `/api/v1/clusters/${id}/sandbox/reset`, {})).toMatchObject(refused)
    expect(await server.call('PUT', `/api/v1/clusters/${id}/sandbox/faults`, { seed: 1, rules: [] })).toMatchObject(refused)
  })

  it('takes no operation and is not removed while it is reset; a new name that it got meanwhile stays', async () => {
    const added = await add('slow', 'empty')
    await live(added.id)
    const path = `/api/v1/clusters/${added.id}`
    const { pid } = processOf(added.id)
    process.kill(pid, 'SIGSTOP')
    const reset = server.post(`${path}/sandbox/reset`, { scene: 'applications' })
    const inUse = { status: 409, body: { code: 'cluster-in-use' } }
    await eventually(async () => expect(await server.call('DELETE', path)).toMatchObject(inUse))
    const install = { cluster: added.id, mesh: 'istio', action: 'install', version: '1.30.3' }
    expect(await server.call('POST', '/api/v1/operations', install)).toMatchObject(inUse)
    expect(await server.call('POST', `${path}/sandbox/reset`, {})).toMatchObject(inUse)
    const renamed = await server.call('PATCH', path, { name: 'renamed' })
    process.kill(pid, 'SIGCONT')
    expect(SandboxState.parse(await reset).scene).toBe('applications')
    const after = await server.call('GET', path)
    expect(after.body).toMatchObject({ name: 'renamed' })
    expect(after.headers.get('etag')).not.toBe(renamed.headers.get('etag'))
    await server.post('/api/v1/plans', install)
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

  it('is waited for when it is busy and says for how long', async () => {
    const { id } = await add('busy', 'empty')
    await faults(id, { fault: 'throttle', times: 3, verbs: ['patch'], resource: 'deployments', retryAfterSeconds: 1 })
    await run({ cluster: id, mesh: 'istio', action: 'install', version: '1.30.3' })
  })

  it('is named when it fails before the work began', async () => {
    const { id } = await add('failing', 'empty')
    const planned = await ready({ cluster: id, mesh: 'istio', action: 'install', version: '1.30.3' })
    await faults(id, { fault: 'error', status: 503, times: 1, verbs: ['get'] })
    const failed = await ended(await start(planned.id))
    expect(failed).toMatchObject({ state: 'failed', outcome: { world: 'clean' }, error: { code: 'cluster-refused' } })
    expect(failed.error?.cause).toContain('503')
  })

  it('is not called unchanged after a cancellation that came before there was a release', async () => {
    const { id } = await add('slow', 'empty')
    const planned = await ready({ cluster: id, mesh: 'istio', action: 'install', version: '1.30.3' })
    await faults(id, { fault: 'latency', delayMs: 300, verbs: ['patch', 'create', 'update'] })
    const operation = await start(planned.id)
    await eventually(async () => expect((await objectsOf(operation.id)).requested.length).toBeGreaterThan(2))
    await server.post(`/api/v1/operations/${operation.id}/cancel`, {})
    expect(await ended(operation)).toMatchObject({ state: 'cancelled', outcome: { world: 'partial' } })
    expect((await objectsOf(operation.id)).observed.some(({ change }) => change === 'appeared')).toBe(true)
  })

  it('comes back in its place when its process is killed', async () => {
    const added = await add('fragile', 'applications')
    await live(added.id)
    await run({ cluster: added.id, mesh: 'istio', action: 'install', version: '1.30.3' })
    await eventually(async () => expect(await installations(added.id)).toHaveLength(1))
    const first = processOf(added.id)
    process.kill(first.pid, 'SIGKILL')
    await eventually(async () => {
      const { items } = await server.get<{ items: { message: string; subject: string }[] }>(`/api/v1/events?cluster=${added.id}&limit=500`)
      expect(items.some(({ message }) => message.includes('ended unexpectedly'))).toBe(true)
    })
    await eventually(async () => expect(processOf(added.id).pid).not.toBe(first.pid))
    expect(processOf(added.id).url).toBe(first.url)
    await eventually(async () => expect(await isWell(added.id)).toBe(true))
    await eventually(async () => expect(await installations(added.id)).toEqual([]))
  })

  it('begins anew elsewhere when its place is taken, and is read there', async () => {
    const added = await add('homeless', 'three-meshes')
    await eventually(async () => expect(await installations(added.id)).toHaveLength(3))
    await server.post(`/api/v1/clusters/${added.id}/sandbox/reset`, { scene: 'empty' })
    await eventually(async () => expect(await installations(added.id)).toEqual([]))
    const first = processOf(added.id)
    process.kill(first.pid, 'SIGKILL')
    const squatter = await listenOn(Number(new URL(first.url).port))
    await eventually(async () => expect(processOf(added.id).url).not.toBe(first.url))
    expect(server.log.some((line) => line.includes('cannot begin anew in its place'))).toBe(true)
    await eventually(async () => expect(await isWell(added.id)).toBe(true))
    await server.post(`/api/v1/clusters/${added.id}/sandbox/reset`, { scene: 'three-meshes' })
    await eventually(async () => expect(await installations(added.id)).toHaveLength(3))
    squatter.close()
  })

  it('says that it is empty when it begins anew with a server', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'meshwright-test-'))
    const messages = async ({ get }: RunningServer) =>
      (await get<{ items: Event[] }>('/api/v1/events?limit=500')).items.map(({ message }) => message)
    const told = 'The simulated cluster play begins anew with this server: nothing of what was done in it is left.'
    const first = await startServer({ dataDir })
    await first.post('/api/v1/clusters', { name: 'play', sandbox: true })
    expect(await messages(first)).not.toContain(told)
    await first.stop()
    const second = await startServer({ dataDir })
    expect(await messages(second)).toContain(told)
    await second.stop()
    await rm(dataDir, { recursive: true })
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

  it('is named as simulated by its events, also when it is gone', async () => {
    const { id } = await add('gone', 'empty')
    await live(id)
    expect((await server.call('DELETE', `/api/v1/clusters/${id}`)).status).toBe(204)
    const { items } = await server.get<{ items: Event[] }>(`/api/v1/events?cluster=${id}&limit=500`)
    expect(items.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['cluster.added', 'cluster.changed', 'cluster.removed']))
    expect(items.filter(({ simulated }) => !simulated)).toEqual([])
  })

  it('is one of five at most', async () => {
    for (const name of ['first', 'second', 'third', 'fourth', 'fifth']) await add(name, 'empty')
    const answer = await server.call<{ code: string; title: string }>('POST', '/api/v1/clusters', { name: 'sixth', sandbox: true })
    expect(answer).toMatchObject({ status: 409, body: { code: 'conflict', title: 'There are 5 simulated clusters already.' } })
  })
})

/** A port that has just been let go, before anybody else has it. */
async function listenOn(port: number) {
  for (;;) {
    const server = createServer()
    const listens = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false))
      server.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (listens) return server
    await sleep(1)
  }
}
