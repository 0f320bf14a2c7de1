import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { SceneName } from '../../contract/sandbox.js'
import type { ActionCall, Grant, WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'
import { logOf, outcomeOf, startOf } from './cluster-grant.js'
import { watchFiles } from './watch-files.js'

// The API is the simulated one; what is cancelled there is the adapter's own work, request by request.
describe('An operation that is cancelled', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let adapters: Record<'istio' | 'kuma', AdapterUnderTest>

  beforeAll(async () => {
    const [istio, kuma] = await Promise.all([startAdapter({ mesh: 'istio' }), startAdapter({ mesh: 'kuma' })])
    adapters = { istio, kuma }
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([...Object.values(adapters ?? {}).map((each) => each[Symbol.asyncDispose]()), dispatcher.close()])
  })

  const open = async (scene: SceneName) => {
    sandbox = await startSandbox(scene)
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
  }
  const begin = async (adapter: AdapterUnderTest, call: ActionCall) => {
    const plan = await adapter.plan(call, grant)
    const confirmed = plan.of('confirmation').map(({ code }) => code)
    const operation = randomUUID()
    const request = startOf(plan, { operation, call, grant, confirmed })
    return { keys: plan.of('step').map(({ key }) => key), operation, start: () => adapter.start(request) }
  }
  /** Each request takes a while, so that a cancel reaches the step in which it is sent. */
  const slowDown = () =>
    api.ask('PUT', '/_sandbox/faults', {
      body: { seed: 1, rules: [{ fault: 'latency', delayMs: 50, verbs: ['list', 'patch', 'delete'] }] },
    })
  /** Starts what is planned now, and cancels it as soon as this step runs. */
  const cancelAt = async (adapter: AdapterUnderTest, call: ActionCall, key: string) => {
    const { keys, operation, start } = await begin(adapter, call)
    await slowDown()
    await start()
    const watching = watchFiles(adapter, operation, ({ entry }: WatchResponse) => {
      if (entry?.$case === 'step' && entry.value.key === key && entry.value.state === 'running') void adapter.cancel(operation)
    })
    const { entries } = await watching
    await api.ask('DELETE', '/_sandbox/faults')
    return { keys, outcome: outcomeOf(entries), log: logOf(entries) }
  }
  const finish = async (adapter: AdapterUnderTest, call: ActionCall) => {
    const { operation, start } = await begin(adapter, call)
    await start()
    const { entries } = await watchFiles(adapter, operation)
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
  }
  const names = async (path: string): Promise<string[]> => (await api.get(path)).body.items.map(({ metadata }: Body) => metadata.name)
  const cancelled = { state: 'cancelled', problem: { reason: 'CANCELLED', remedy: expect.stringContaining('What was done before stays') } }

  it.each([
    {
      mesh: 'istio',
      namespace: 'istio-system',
      steps: ['leave-mesh', 'webhooks', 'gateway', 'istiod', 'base', 'export-objects', 'delete-definitions'],
    },
    { mesh: 'kuma', namespace: 'kuma-system', steps: ['kuma', 'delete-definitions'] },
  ] as const)(
    'at each step of the uninstall of $mesh ends where it stands, and a new plan finishes it',
    async ({ mesh, namespace, steps }) => {
      await open('three-meshes')
      const adapter = adapters[mesh]
      const call = callOf('uninstall', { parameters: { params: { members: 'keep', definitions: 'remove', timeoutSeconds: 60 } } })
      await slowDown()
      for (const step of steps) {
        const { keys, outcome, log } = await cancelAt(adapter, call, step)
        expect(keys, log).toContain(step)
        expect(outcome, `${step}: ${log}`).toMatchObject(cancelled)
      }
      await api.ask('DELETE', '/_sandbox/faults')
      await finish(adapter, call)
      expect(await names('/apis/apiextensions.k8s.io/v1/customresourcedefinitions')).not.toContainEqual(
        expect.stringMatching(`\\.${mesh}\\.io$`),
      )
      expect(await names(`/apis/apps/v1/namespaces/${namespace}/deployments`)).toEqual([])
      const found = (await adapter.plan(call, grant)).of('finding').map(({ code }) => code)
      expect(found).toContain('installation-absent')
    },
  )

  it.each([
    { mesh: 'istio', version: '1.30.3', steps: ['base', 'istiod'], comes: ['istio-system', 'istiod'] },
    { mesh: 'kuma', version: '2.14.3', steps: ['kuma'], comes: ['kuma-system', 'kuma-control-plane'] },
  ] as const)('at each step of the installation of $mesh leaves what it says, and a new plan finishes it', async (row) => {
    const { mesh, version, steps } = row
    await open('empty')
    const call = callOf('install', { version, parameters: { params: { timeoutSeconds: 60 } } })
    for (const step of steps) {
      const { keys, outcome, log } = await cancelAt(adapters[mesh], call, step)
      expect(keys).toEqual(steps)
      expect(outcome, `${step}: ${log}`).toMatchObject(cancelled)
    }
    await finish(adapters[mesh], call)
    const [namespace, deployment] = row.comes
    expect(await names(`/apis/apps/v1/namespaces/${namespace}/deployments`)).toContain(deployment)
  })
})
