import { once } from 'node:events'
import { status } from '@grpc/grpc-js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { service } from 'grpc-health-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ActionCall, GetInfoResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { type AdapterUnderTest, problemOf, startAdapter } from './adapter-under-test.js'

export interface ContractOptions {
  mesh: string
  /** Builds an adapter that is not the product's, and answers its main file. */
  build?: () => Promise<string>
  /** Every action that the adapter offers; none of a mesh that is only recognised. */
  actions: string[]
  /** What of its actions is tried; left out where there are none. */
  calls?: ContractCalls
}

interface ContractCalls {
  /** A call whose parameters are wrong, and the words that must name what is. */
  wrong: { call: ActionCall; named: RegExp }
  /** A call that only a cluster can refuse. */
  right: ActionCall
}

export function callOf(
  action: string,
  more: { version?: string; parameters?: unknown; namespace?: string; revision?: string } = {},
): ActionCall {
  const target = { cluster: 'c', installation: '', namespace: more.namespace ?? '', revision: more.revision ?? '' }
  return { action, version: more.version ?? '', target, parametersJson: JSON.stringify(more.parameters ?? {}) }
}

/** What every adapter promises before any cluster is there. Runs against the built process. */
export function adapterContract({ mesh, build, actions, calls }: ContractOptions): void {
  describe(`The ${mesh} adapter`, () => {
    let adapter: AdapterUnderTest
    let start: () => Promise<AdapterUnderTest>

    beforeAll(async () => {
      const mainFile = await build?.()
      start = () => startAdapter({ mesh, ...(mainFile === undefined ? {} : { mainFile }) })
      adapter = await start()
    })
    afterAll(() => adapter?.[Symbol.asyncDispose]())

    const info = () =>
      new Promise<GetInfoResponse>((done, fail) => {
        adapter.client.getInfo({}, adapter.metadata, (error, answer) => (error ? fail(error) : done(answer)))
      })

    it('says who it is and which incarnation answers', async () => {
      expect(await info()).toMatchObject({ mesh, incarnation: adapter.incarnation })
    })

    it('knows its mesh by rules that a server can use: each has a mark, a role and expressions that compile', async () => {
      const { discoveryRules, versionRewrites, injectionMarks } = await info()
      for (const { labels, role, besideControlPlane, images } of discoveryRules) {
        expect(labels.length).toBeGreaterThan(0)
        expect(['control-plane', 'gateway', 'node', 'add-on']).toContain(role)
        if (besideControlPlane) expect(images.length).toBeGreaterThan(0)
      }
      for (const { match } of versionRewrites) expect(() => new RegExp(match)).not.toThrow()
      // A mesh that is recognised by its control plane is recognised by its members as well.
      const isMesh = discoveryRules.some(({ role }) => role === 'control-plane')
      expect(injectionMarks.some(({ kind }) => kind === 'injected')).toBe(isMesh)
    })

    it('offers its actions with a JSON Schema that compiles and refuses unknown fields', async () => {
      const { actions: offered } = await new Promise<{ actions: { key: string; parametersSchema: string }[] }>((done, fail) => {
        adapter.client.listActions({ version: '' }, adapter.metadata, (error, answer) => (error ? fail(error) : done(answer)))
      })
      expect(offered.map(({ key }) => key)).toEqual(actions)
      for (const { parametersSchema } of offered) {
        const fits = new Ajv2020({ strict: false }).compile(JSON.parse(parametersSchema))
        expect(fits({ surprise: 1 })).toBe(false)
      }
    })

    it('serves the standard health check', async () => {
      expect(await healthOf(adapter)).toBe('SERVING')
    })

    it('refuses a call without the token of its launch', async () => {
      const refused = new Promise((done, fail) => {
        adapter.client.getInfo({}, (error, answer) => (error ? fail(error) : done(answer)))
      })
      expect(await problemOf(refused)).toMatchObject({ reason: 'UNAUTHENTICATED', status: status.UNAUTHENTICATED })
    })

    it('refuses an action that it does not offer, and names those that it does', async () => {
      const problem = await problemOf(adapter.plan(callOf('fly'), noGrant))
      expect(problem).toMatchObject({ reason: 'ACTION_NOT_OFFERED', status: status.FAILED_PRECONDITION })
      for (const action of actions) expect(problem.remedy).toContain(action)
    })

    it('refuses a start without a plan', async () => {
      const request = {
        operation: 'op',
        call: undefined,
        grant: noGrant,
        digest: undefined,
        deadline: undefined,
        resumeFrom: '',
        confirmed: [],
      }
      expect(await problemOf(adapter.start(request))).toMatchObject({ reason: 'ACTION_NOT_OFFERED' })
    })

    it('knows no operation of an earlier incarnation', async () => {
      expect(await problemOf(adapter.watch({ operation: 'never' }))).toMatchObject({ reason: 'NOT_FOUND', status: status.NOT_FOUND })
      expect(await problemOf(adapter.cancel('never'))).toMatchObject({ reason: 'NOT_FOUND' })
    })

    it('answers calls that it does not serve with a text that says so', async () => {
      const refused = new Promise((done, fail) => {
        adapter.client.render({ intentJson: '{}', version: '' }, adapter.metadata, (error, answer) => (error ? fail(error) : done(answer)))
      })
      const problem = await problemOf(refused)
      expect(problem.status).toBe(status.UNIMPLEMENTED)
      expect(problem.title).toMatch(/does not serve/)
    })

    it('ends when the pipe from its parent closes', async () => {
      const other = await start()
      const gone = once(other.child, 'exit')
      other.child.stdin?.end()
      expect(await gone).toEqual([0, null])
      await other[Symbol.asyncDispose]()
    })
    if (calls) actionContract(() => adapter, calls)
  })
}

function actionContract(adapterNow: () => AdapterUnderTest, { wrong, right }: ContractCalls): void {
  it('refuses parameters that do not fit and says where', async () => {
    const problem = await problemOf(adapterNow().plan(wrong.call, noGrant))
    expect(problem).toMatchObject({ reason: 'INVALID_PARAMETERS', status: status.INVALID_ARGUMENT })
    expect(problem.cause).toMatch(wrong.named)
  })

  it('says that the cluster cannot be reached when the broker is gone, and recovers to "unknown"', async () => {
    const problem = await problemOf(adapterNow().plan(right, noGrant))
    expect(problem).toMatchObject({ reason: 'CLUSTER_UNREACHABLE', status: status.UNAVAILABLE })
    const recovered = await adapterNow().recover({ operation: 'op', call: right, grant: noGrant, journal: [], requested: [] })
    expect(recovered).toMatchObject({ state: 'unknown', resumeFrom: '' })
    expect(recovered.summary).toContain('ECONNREFUSED')
  })
}

/** A grant for a broker that does not answer. */
export const noGrant = { url: 'https://127.0.0.1:1', caPem: '', token: 'none', expiresAt: undefined, namespaces: [], simulated: false }

async function healthOf({ client }: AdapterUnderTest): Promise<unknown> {
  const { Check: method } = service
  if (method === undefined) throw new Error('no health service')
  return new Promise((done, fail) => {
    client.makeUnaryRequest(method.path, method.requestSerialize, method.responseDeserialize, { service: '' }, (error, answer) =>
      error ? fail(error) : done(Reflect.get(answer ?? {}, 'status')),
    )
  })
}
