import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Change, type Grant, Verdict } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'

const name = 'meshes.kuma.io'

describe('A definition in the folder crds/ of the chart of Kuma', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let grant: Grant
  let kuma: AdapterUnderTest

  beforeAll(async () => {
    ;[sandbox, kuma] = await Promise.all([startSandbox('three-meshes'), startAdapter({ mesh: 'kuma' })])
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`
    const body = { spec: { names: { listKind: 'MeshesList' } } }
    await sandboxClient(sandbox, dispatcher).ask('PATCH', path, { body, type: 'application/merge-patch+json' })
  })
  afterAll(async () => {
    await Promise.all([sandbox?.stop(), kuma?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const changes = async (action: string) => {
    const plan = await kuma.plan(callOf(action, { version: '2.14.3' }), grant)
    return plan.of('object').flatMap(({ step, object, change, reason }) => (object?.name === name ? [{ step, change, reason }] : []))
  }

  it('is left by an install where the release is there, and the plan says so', async () => {
    expect(await changes('install')).toEqual([
      {
        step: 'kuma',
        change: Change.CHANGE_KEEP,
        reason: expect.stringMatching(/^It lies in the folder crds\/ of the chart: helm leaves it/),
      },
    ])
  })

  it('is applied by helm with a new release, and overrules nobody: who changed it is named', async () => {
    const parameters = { components: { kuma: { release: 'second' } } }
    const plan = await kuma.plan(callOf('install', { version: '2.14.3', parameters }), grant)
    expect(plan.of('object').find(({ object }) => object?.name === name)).toMatchObject({ verdict: Verdict.VERDICT_REFUSED })
    const told = plan.of('finding').filter(({ code, object }) => code === 'field-conflict' && object?.name === name)
    expect(told).toMatchObject([{ message: expect.stringContaining(`${name}, and release second would change it.`) }])
  })

  it('is brought to the chart by a step of an upgrade', async () => {
    expect(await changes('upgrade')).toContainEqual(expect.objectContaining({ step: 'definitions-kuma', change: Change.CHANGE_UPDATE }))
  })
})
