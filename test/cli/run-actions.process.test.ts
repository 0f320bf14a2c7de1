import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { Operation, OperationLogEntry } from '../../contract/operation.js'
import type { Plan, PlannedObject } from '../../contract/plan.js'
import { runCli } from '../support/run-cli.js'
import { type ScriptedApi, startScriptedApi } from '../support/scripted-api.js'

// What the command makes of plans and operations. The answers are typed by the contract, so they cannot drift from the server's.

const at = '2026-11-23T12:00:00.000Z'
const clusterId = '019ab000-0000-7000-8000-000000000001'
const planId = '019ab000-0000-7000-8000-000000000002'
const operationId = '019ab000-0000-7000-8000-000000000003'
const request = { cluster: clusterId, mesh: 'istio', action: 'install', version: '1.30.3' }

const cluster: Cluster = {
  ...{ id: clusterId, name: 'lab', server: 'https://127.0.0.1:6443', source: 'upload', scope: 'cluster', simulated: false },
  ...{ state: 'live', since: at, kinds: [], createdAt: at, updatedAt: at },
}
const plan: Plan = {
  ...{
    id: planId,
    simulated: false,
    request,
    state: 'ready',
    findings: [],
    confirmations: [],
    leftovers: [],
    objectCount: 2,
    createdAt: at,
  },
  steps: [{ key: 'base', title: 'Install base', component: 'base', kind: 'helm', hooks: [] }],
  changes: { create: 2, update: 0, delete: 0, keep: 0 },
}
const objects: PlannedObject[] = [
  { n: 1, step: 'base', object: ref('ServiceAccount', 'reader'), change: 'create', verdict: 'server', foreignOwners: [] },
  {
    n: 2,
    step: 'base',
    object: ref('ConfigMap', 'late'),
    change: 'create',
    verdict: 'deferred',
    reason: 'its namespace comes first',
    foreignOwners: [],
  },
]
const operation: Operation = {
  ...{
    id: operationId,
    simulated: false,
    request,
    state: 'running',
    plan: planId,
    cancelRequested: false,
    can: ['cancel'],
    createdAt: at,
    startedAt: at,
  },
  steps: [{ key: 'base', title: 'Install base', component: 'base', state: 'running', startedAt: at }],
}
const succeeded: Operation = {
  ...operation,
  ...{ state: 'succeeded', can: [], endedAt: at, outcome: { state: 'succeeded', world: 'clean' } },
  steps: [
    { key: 'base', title: 'Install base', component: 'base', state: 'succeeded', startedAt: at, endedAt: '2026-11-23T12:00:03.200Z' },
  ],
}
const interrupted: Operation = {
  ...operation,
  ...{ state: 'interrupted', can: ['resume', 'cancel'], outcome: { state: 'interrupted', world: 'unknown' } },
}
const harmless = { code: 'new-namespace', text: 'Makes the namespace istio-system.', destructive: false, objects: [] }
const destructive = { code: 'members-left', text: 'Namespace shop still has 3 members.', destructive: true, objects: [] }

describe('mesh plan and install', () => {
  let api: ScriptedApi
  const meshwright = (...args: string[]) => runCli([...args, '--server', api.url], { environment: { MESHWRIGHT_TOKEN: 't' } })
  const started = () => api.received.filter(({ method, path }) => method === 'POST' && path === '/operations')

  beforeEach(async () => {
    api = await startScriptedApi({
      'GET /clusters': { items: [cluster] },
      [`GET /clusters/${clusterId}`]: cluster,
      'POST /plans': { ...plan, state: 'planning', progress: 'Rendering base' },
      [`GET /plans/${planId}`]: plan,
      [`GET /plans/${planId}/objects`]: { items: objects },
      'POST /operations': operation,
      [`GET /operations/${operationId}`]: succeeded,
      [`GET /operations/${operationId}/log`]: { items: [] },
    })
  })
  afterEach(() => api.stop())

  it('shows steps, objects by verdict and the reason of a deferred one, and exits 0', async () => {
    const { stdout, stderr, exitCode } = await meshwright('mesh', 'plan', 'istio', '--version', '1.30.3')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/1 +Install base +2 +1 server, 1 deferred/)
    expect(stdout).toContain('2 to create')
    expect(stdout).toContain('its namespace comes first')
    expect(stderr).toContain('Rendering base')
  })

  it('asks for images from a registry of its own, and for every pull secret', async () => {
    const flags = ['--registry', 'registry.example:5000/mesh', '--pull-secret', 'ours', '--pull-secret', 'theirs']
    const images = { registry: 'registry.example:5000/mesh', pullSecrets: ['ours', 'theirs'] }
    for (const verb of [['plan'], ['install', '--dry-run'], ['upgrade', '--dry-run']]) {
      await meshwright('mesh', ...verb, 'istio', ...flags)
      expect(api.received.findLast(({ path }) => path === '/plans')?.body).toMatchObject({ images })
    }
    await meshwright('mesh', 'run', 'istio', 'canary', '--dry-run', ...flags)
    expect(api.received.findLast(({ path }) => path === '/plans')?.body).toMatchObject({ action: 'canary', images })
  })

  it('exits 1 and shows cause and remedy when something is refused', async () => {
    const finding = {
      code: 'helm-missing',
      severity: 'error',
      message: 'helm is not found.',
      cause: 'It is not in PATH.',
      remedy: 'Install helm 4.',
    }
    api.answers[`GET /plans/${planId}`] = { ...plan, state: 'refused', findings: [finding] }
    const { stdout, exitCode } = await meshwright('mesh', 'plan', 'istio')
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/error helm-missing: helm is not found\.\n {4}why: +It is not in PATH\.\n {4}do this: Install helm 4\./)
    expect((await meshwright('mesh', 'install', 'istio', '--yes')).exitCode).toBe(1)
    expect(started()).toEqual([])
  })

  it('prints a plan as a pull-request comment with -o markdown', async () => {
    api.answers[`GET /plans/${planId}`] = { ...plan, confirmations: [destructive] }
    const { stdout } = await meshwright('mesh', 'plan', 'istio', '-o', 'markdown')
    expect(stdout).toMatchInlineSnapshot(`
      "### Meshwright plan: install istio 1.30.3 — ✅ nothing refused

      2 to create, 0 to update, 0 to delete, 0 to keep. Nothing was changed.

      | step | what | objects | verdicts |
      | --- | --- | --- | --- |
      | 1 | Install base | 2 | 1 server, 1 deferred |

      **To be confirmed**

      - \`members-left\` (destructive): Namespace shop still has 3 members.

      <details><summary>2 objects</summary>

      | change | verdict | object | reason |
      | --- | --- | --- | --- |
      | create | server | ServiceAccount istio-system/reader |  |
      | create | deferred | ConfigMap istio-system/late | its namespace comes first |

      </details>
      "
    `)
  })

  it('sends values of components, each from files and flags, as one request', async () => {
    await meshwright(
      'mesh',
      'plan',
      'istio',
      '--with',
      'gateway',
      '--component-namespace',
      'gateway=edge',
      '--set',
      'istiod.pilot.replicas=2',
      '--set',
      'istiod.global.hub=a.b/c',
      '--set',
      'istiod.odd=[1, @x',
      '-n',
      'mesh',
    )
    expect(api.received.find(({ path }) => path === '/plans')?.body).toEqual({
      ...{ cluster: clusterId, mesh: 'istio', action: 'install', namespace: 'mesh' },
      components: {
        gateway: { enabled: true, namespace: 'edge' },
        istiod: { values: { pilot: { replicas: 2 }, global: { hub: 'a.b/c' }, odd: '[1, @x' } },
      },
    })
  })

  it('has a short way to the sample application, and says where it answers', async () => {
    const planned = () => api.received.flatMap(({ path, body }) => (path === '/plans' ? [body] : []))
    const summary = 'Inside the cluster the sample answers at `http://caller.trial.svc:8080`.'
    api.answers[`GET /operations/${operationId}`] = { ...succeeded, outcome: { state: 'succeeded', world: 'clean', summary } }
    const flags = ['--mesh', 'istio', '--revision', 'canary', '-n', 'trial', '--image', 'images.example/node:24']
    const { stderr, exitCode } = await meshwright('sample', 'install', ...flags, '--yes', '--wait')
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining(summary)])
    await meshwright('sample', 'install', '--dry-run')
    await meshwright('sample', 'remove', '-n', 'trial', '--dry-run')
    const params = { namespace: 'trial', image: 'images.example/node:24' }
    expect(planned()).toEqual([
      { cluster: clusterId, mesh: 'istio', action: 'install-sample', revision: 'canary', params },
      { cluster: clusterId, mesh: 'kubernetes', action: 'install-sample' },
      { cluster: clusterId, mesh: 'kubernetes', action: 'remove-sample', params: { namespace: 'trial' } },
    ])
  })

  it('starts nothing without a yes, and names the flag', async () => {
    const { stderr, exitCode } = await meshwright('mesh', 'install', 'istio')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('--yes')
    expect(started()).toEqual([])
  })

  it('takes --yes for what does no harm', async () => {
    api.answers[`GET /plans/${planId}`] = { ...plan, confirmations: [harmless] }
    const { stdout, exitCode } = await meshwright('mesh', 'install', 'istio', '--yes', '-o', 'name')
    expect(exitCode).toBe(0)
    expect(stdout).toBe(`operation/${operationId}\n`)
    expect(started()[0]?.body).toEqual({ plan: planId, confirm: ['new-namespace'] })
  })

  it('takes --yes for nothing that destroys: that is confirmed by its code', async () => {
    api.answers[`GET /plans/${planId}`] = { ...plan, confirmations: [harmless, destructive] }
    const refused = await meshwright('mesh', 'uninstall', 'istio', '--yes')
    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('--confirm members-left')
    expect(started()).toEqual([])
    await meshwright('mesh', 'uninstall', 'istio', '--yes', '--confirm', 'members-left')
    expect(started()[0]?.body).toEqual({ plan: planId, confirm: ['new-namespace', 'members-left'] })
  })

  it('asks an uninstall for the definitions by a flag', async () => {
    const bodies = () => api.received.flatMap(({ method, path, body }) => (method === 'POST' && path === '/plans' ? [body] : []))
    await meshwright('mesh', 'uninstall', 'istio', '--dry-run', '--param', 'members=keep', '--remove-definitions')
    await meshwright('mesh', 'uninstall', 'istio', '--dry-run')
    expect(bodies()).toMatchObject([{ params: { members: 'keep', definitions: 'remove' } }, { action: 'uninstall' }])
    expect(bodies()[1]).not.toHaveProperty('params')
  })

  it('starts nothing with --dry-run', async () => {
    expect((await meshwright('mesh', 'install', 'istio', '--dry-run', '--yes')).exitCode).toBe(0)
    expect(started()).toEqual([])
  })

  it('follows the operation with --wait: talk to stderr, the result to stdout', async () => {
    const { stdout, stderr, exitCode } = await meshwright('mesh', 'install', 'istio', '--yes', '--wait', '-o', 'json')
    expect(exitCode).toBe(0)
    expect(stderr).toMatch(/Install base: succeeded after 3\.2s/)
    expect(JSON.parse(stdout)).toEqual(succeeded)
  })
})

describe('operation watch', () => {
  let api: ScriptedApi
  let log: OperationLogEntry[]
  const meshwright = (...args: string[]) => runCli([...args, '--server', api.url], { environment: { MESHWRIGHT_TOKEN: 't' } })
  const changed = (id: number) => `id: ${id}\nevent: operation.changed\ndata: ${JSON.stringify(changedEvent(id))}\n\n`

  beforeEach(async () => {
    log = []
    api = await startScriptedApi({
      [`GET /operations/${operationId}`]: operation,
      [`GET /operations/${operationId}/log`]: (query: URLSearchParams) => ({
        items: log.filter(({ n }) => n > Number(query.get('after'))),
      }),
    })
  })
  afterEach(() => api.stop())

  it('tells each log line and each step once, over a stream that is cut', async () => {
    const watching = meshwright('operation', 'watch', operationId)
    await untilAsked(api, 1)
    log.push(entry(1, 'applying'))
    api.send(`event: tick\ndata: {"topic":"operation.log","subject":"${operationId}","data":{"n":1}}\n\n`)
    await untilAsked(api, 2)
    api.cut()
    log.push(entry(2, 'waiting'))
    await untilAsked(api, 3)
    api.answers[`GET /operations/${operationId}`] = succeeded
    api.send(changed(7))
    const { stdout, exitCode } = await watching
    expect(exitCode).toBe(0)
    for (const told of ['base: applying', 'base: waiting', 'Install base: running', 'Install base: succeeded after 3.2s']) {
      expect(stdout.split(told)).toHaveLength(2)
    }
  })

  it('exits 1 with what, why and do this when the operation failed', async () => {
    const error = { code: 'helm-failed', title: 'istiod did not start.', cause: 'The image cannot be pulled.', remedy: 'Check the hub.' }
    const outcome = { state: 'failed', world: 'partial' }
    api.answers[`GET /operations/${operationId}`] = { ...operation, state: 'failed', can: ['retry'], error, outcome }
    const { stdout, exitCode } = await meshwright('operation', 'watch', operationId)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(
      /what: +istiod did not start\.\n +why: +The image cannot be pulled\.\n +do this: Check the hub\.\n +cluster: partly changed\n +again: +meshwright operation retry /,
    )
  })

  it('waits with an interrupted one until the server has looked at the cluster, and says what can be asked of it', async () => {
    api.answers[`GET /operations/${operationId}`] = interrupted
    const watching = meshwright('operation', 'watch', operationId)
    await untilAsked(api, 1)
    const outcome = { state: 'interrupted', world: 'partial', summary: 'base is there.', resumeFrom: 'istiod' }
    api.answers[`GET /operations/${operationId}`] = { ...interrupted, outcome }
    api.send(changed(7))
    const { stdout, exitCode } = await watching
    expect(exitCode).toBe(1)
    expect(stdout).toContain('base is there.')
    expect(stdout).toContain(`meshwright operation resume ${operationId}`)
    expect(stdout).toContain(`meshwright operation cancel ${operationId}`)
    expect(stdout).not.toContain('operation retry')
  })

  it('says of an interrupted one that is not looked at in time that the cluster could not be looked at yet', async () => {
    api.answers[`GET /operations/${operationId}`] = interrupted
    const { stdout, exitCode } = await meshwright('operation', 'watch', operationId, '--timeout', '1s')
    expect(exitCode).toBe(1)
    expect(stdout).toContain('The cluster could not be looked at yet.')
    expect(stdout).toContain(`meshwright operation resume ${operationId}`)
  })

  it('ends after --timeout, exits 1, and says that the operation goes on', async () => {
    const { stderr, exitCode } = await meshwright('operation', 'watch', operationId, '--timeout', '300ms')
    expect(exitCode).toBe(1)
    expect(stderr).toContain('It goes on')
  })
})

function ref(kind: string, name: string) {
  return { apiVersion: 'v1', kind, namespace: 'istio-system', name }
}

function entry(n: number, message: string): OperationLogEntry {
  return { n, at, step: 'base', level: 'info', message }
}

function changedEvent(id: number) {
  return {
    id,
    at,
    kind: 'operation.changed',
    level: 'info',
    cluster: clusterId,
    subject: operationId,
    simulated: false,
    message: 'changed',
    data: {},
  }
}

// The command reads the log after each piece of news: what it has asked for it has been told.
async function untilAsked(api: ScriptedApi, times: number): Promise<void> {
  const asked = () => api.received.filter(({ path }) => path.endsWith('/log')).length
  while (asked() < times) await new Promise((resolve) => setTimeout(resolve, 20))
}
