import { type ChildProcess, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type ActionCall, type Grant, Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { toolPath } from '../cluster/binaries/tool-path.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { keyOf } from '../support/leftover-truth.js'
import { listEverything } from '../support/list-everything.js'
import { findShared, isMissing } from '../support/missing-tool.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, type PlanOutcome, problemOf, startAdapter } from './adapter-under-test.js'
import { logOf, outcomeOf, startGrantedCluster, startOf } from './cluster-grant.js'

const describe = isMissing('shared') ? clusterTest('api', import.meta.url).skip : clusterTest('api', import.meta.url)

const install = callOf('install', { version: '1.30.3', parameters: { params: { timeoutSeconds: 60 } } })
const rescue = callOf('unlock-release')
const soon = callOf('unlock-release', { parameters: { params: { quietMinutes: 1 } } })
const inMesh = '--namespace=istio-system'

describe('A release whose helm was killed in the middle of it', () => {
  const charts = join(findShared() ?? '', 'charts')
  let cluster: TestCluster
  let grant: Grant
  let adapter: AdapterUnderTest
  let helmFolder: string
  let helm: ChildProcess | undefined
  let before: string[]

  beforeAll(async () => {
    ;({ cluster, grant } = await startGrantedCluster())
    adapter = await startAdapter({ mesh: 'istio', helm: toolPath('helm'), chartMirror: charts })
    helmFolder = await mkdtemp(join(tmpdir(), 'mw-other-helm-'))
  })
  afterAll(async () => {
    helm?.kill('SIGKILL')
    await adapter?.[Symbol.asyncDispose]()
    await cluster?.stop()
    await rm(helmFolder, { recursive: true, force: true })
  })

  const errors = (plan: PlanOutcome) => plan.of('finding').filter(({ severity }) => severity === Severity.SEVERITY_ERROR)
  const codes = (plan: PlanOutcome) => errors(plan).map(({ code }) => code)
  const begin = async (call: ActionCall, confirmed: string[] = []) => {
    const operation = randomUUID()
    await adapter.start(startOf(await adapter.plan(call, grant), { operation, call, grant, confirmed }))
    return operation
  }
  const newest = async (): Promise<{ name?: string; labels?: Record<string, string> }> => {
    const text = await cluster.kubectl(['get', 'secrets', inMesh, '--selector=owner=helm,name=istiod', '--output=json'])
    return JSON.parse(text).items.at(-1)?.metadata ?? {}
  }
  const status = async () => (await newest()).labels?.status
  const reached = async (wanted: string) => {
    while ((await status()) !== wanted) await sleep(100)
  }

  it('is not unlocked while an operation of ours is at work on it', async () => {
    const operation = await begin(install)
    // No node runs pods here: helm waits for a control plane that never gets ready.
    await reached('pending-install')
    const plan = await adapter.plan(rescue, grant)
    expect(errors(plan)).toMatchObject([{ code: 'release-busy', message: expect.stringContaining(`operation ${operation}`) }])
    await adapter.cancel(operation)
    expect(outcomeOf(await adapter.watch({ operation }))).toMatchObject({ state: 'cancelled' })
  })

  it('is not unlocked, and not taken for ours, while a helm of somebody else lives: its record bears our label all the same', async () => {
    helm = spawn(
      toolPath('helm'),
      ['upgrade', '--install', 'istiod', join(charts, 'istiod-1.30.3.tgz'), inMesh, '--wait', '--timeout=10m'],
      {
        stdio: 'ignore',
        env: { PATH: '/usr/bin:/bin', HOME: helmFolder, KUBECONFIG: cluster.kubeconfig },
      },
    )
    await reached('pending-upgrade')
    expect((await newest()).labels).toHaveProperty(['meshwright.io/operation'])
    expect(errors(await adapter.plan(install, grant))).toMatchObject([
      { code: 'release-busy', remedy: expect.stringContaining('unlock-release') },
    ])
    const plan = await adapter.plan(rescue, grant)
    expect(errors(plan)).toMatchObject([{ code: 'release-not-quiet', remedy: expect.stringMatching(/^Wait \d+ minutes, then plan again/) }])
    const request = startOf(plan, { operation: randomUUID(), call: rescue, grant, confirmed: ['release-record-lost'] })
    expect(await problemOf(adapter.start(request))).toMatchObject({ reason: 'PLAN_REFUSED', metadata: { finding: 'release-not-quiet' } })
    expect(await status()).toBe('pending-upgrade')
  })

  it('is still refused to an install when that helm is dead, and still not unlocked while the record is young', async () => {
    const gone = helm && once(helm, 'exit')
    helm?.kill('SIGKILL')
    await gone
    expect(codes(await adapter.plan(install, grant))).toEqual(['release-busy'])
    expect(codes(await adapter.plan(rescue, grant))).toEqual(['release-not-quiet'])
  })

  it('is unlocked after a quiet time, with a confirmation that names release, revision, status and age, and loses its record alone', async () => {
    while (codes(await adapter.plan(soon, grant)).includes('release-not-quiet')) await sleep(2_000)
    const plan = await adapter.plan(soon, grant)
    expect(errors(plan)).toEqual([])
    const { name: secret = '' } = await newest()
    expect(plan.of('object').map(({ object }) => `${object?.kind} ${object?.namespace}/${object?.name}`)).toEqual([
      `Secret istio-system/${secret}`,
    ])
    expect(plan.of('confirmation')).toMatchObject([
      {
        code: 'release-record-lost',
        destructive: true,
        text: expect.stringMatching(
          /^helm forgets revision \d+ of release istiod in istio-system, pending-upgrade and unchanged for \d+ (seconds|minutes)\./,
        ),
      },
    ])
    const request = startOf(plan, { operation: randomUUID(), call: soon, grant })
    expect(await problemOf(adapter.start(request))).toMatchObject({ reason: 'CONFIRMATION_REQUIRED' })

    before = (await listEverything(cluster)).map(keyOf)
    await adapter.start({ ...request, confirmed: ['release-record-lost'] })
    const entries = await adapter.watch(request)
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    const after = new Set((await listEverything(cluster)).map(keyOf))
    expect(before.filter((key) => !after.has(key) && !key.startsWith('Event'))).toEqual([`Secret istio-system/${secret}`])
    expect(await adapter.recover({ operation: request.operation, call: soon, grant, journal: [], requested: [] })).toMatchObject({
      state: 'finished',
    })
  })

  it('goes on from there: an install brings it up with the objects that are there, and nothing is left to unlock', async () => {
    await cluster.kubectl(['scale', 'deployment/istiod', inMesh, '--replicas=0'])
    const operation = await begin(install)
    const entries = await adapter.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(await status()).toBe('deployed')
    expect(errors(await adapter.plan(rescue, grant))).toMatchObject([
      { code: 'release-not-stuck', message: expect.stringContaining('istiod in istio-system is deployed') },
    ])
    const unknown = callOf('unlock-release', { parameters: { params: { release: 'theirs' } } })
    expect(codes(await adapter.plan(unknown, grant))).toEqual(['release-absent'])
  })

  it('is told of an uninstall that was cut off, too, which helm lets no install go on from', async () => {
    const { name: secret = '' } = await newest()
    await cluster.kubectl(['label', 'secret', secret, inMesh, '--overwrite', 'status=uninstalling'])
    expect(codes(await adapter.plan(install, grant))).toContain('release-busy')
    expect(codes(await adapter.plan(rescue, grant))).toEqual(['release-not-quiet'])
  })

  it('can be taken away instead, by an uninstall that says what may be at work and takes its record, too', async () => {
    const call = callOf('uninstall')
    const plan = await adapter.plan(call, grant)
    expect(errors(plan)).toEqual([])
    expect(plan.of('finding').find(({ code }) => code === 'release-unfinished')?.message).toBe(
      'Release istiod in istio-system is uninstalling: a helm may be at work on it.',
    )
    expect(plan.of('object').length).toBeGreaterThan(20)
    const operation = await begin(
      call,
      plan.of('confirmation').map(({ code }) => code),
    )
    const entries = await adapter.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(await status()).toBeUndefined()
    const left = await cluster.kubectl(['get', 'deployments,services', inMesh, '--output=name'])
    expect(left.trim()).toBe('')
  })
})
