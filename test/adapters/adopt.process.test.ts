import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Change, type Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'
import { outcomeOf, startOf } from './cluster-grant.js'

const deployment = '/apis/apps/v1/namespaces/istio-system/deployments/istiod'

// The objects are those of a stand-in; here its release is forgotten, as if somebody had applied them without one.
describe('Adopting an installation without a release', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let istio: AdapterUnderTest

  beforeAll(async () => {
    istio = await startAdapter({ mesh: 'istio' })
  })
  beforeEach(async () => {
    sandbox = await startSandbox('three-meshes')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    await api.until(deployment, ({ body }) => body.status?.readyReplicas === body.spec.replicas)
    const { body } = await api.get('/api/v1/namespaces/istio-system/secrets')
    const records: Body[] = body.items.filter(
      ({ metadata }: Body) => metadata.labels?.owner === 'helm' && metadata.labels.name === 'istiod',
    )
    for (const { metadata } of records) await api.ask('DELETE', `/api/v1/namespaces/istio-system/secrets/${metadata.name}`)
    await mark({ 'meta.helm.sh/release-name': null, 'meta.helm.sh/release-namespace': null })
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([istio?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const mark = (annotations: Record<string, string | null>) =>
    api.ask('PATCH', deployment, { body: { metadata: { annotations } }, type: 'application/merge-patch+json' })
  const codes = async (action: string, version = '') =>
    (await istio.plan(callOf(action, { version }), grant)).of('finding').map(({ code }) => code)

  it('is the way to upgrade it: the objects get a release, counted before, and only then an upgrade is planned', async () => {
    expect(await codes('upgrade', '1.30.3')).toContain('installer-not-ours')
    const call = callOf('adopt')
    const plan = await istio.plan(call, grant)
    expect(plan.of('finding').map(({ code }) => code)).toEqual(['simulated'])
    expect(plan.of('confirmation')).toMatchObject([
      {
        code: 'take-over',
        text: expect.stringMatching(/^1 object of Istio get.* Content changes in 0 objects of these, and 0 objects are created/),
      },
    ])
    const changed = plan.of('object').filter(({ change }) => change !== Change.CHANGE_KEEP)
    expect(changed.map(({ object, afterYaml }) => [object?.name, afterYaml.includes('release-name: istiod')])).toEqual([['istiod', true]])
    const operation = randomUUID()
    await istio.start(startOf(plan, { operation, call, grant, confirmed: ['take-over'] }))
    expect(outcomeOf(await istio.watch({ operation }))).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(await codes('upgrade', '1.30.3')).not.toContain('installer-not-ours')
    expect(await codes('adopt')).toEqual(['installer-not-ours'])
  })

  it('is refused where somebody brings the objects back, with the place where they are changed', async () => {
    await mark({ 'argocd.argoproj.io/tracking-id': 'meshes:apps/Deployment:istio-system/istiod' })
    const plan = await istio.plan(callOf('adopt'), grant)
    expect(plan.of('finding')).toMatchObject([
      { code: 'installer-not-ours', remedy: expect.stringContaining('Change it there: the Application meshes of Argo CD.') },
    ])
    expect(plan.of('step')).toEqual([])
  })

  it('changes no version: another one than is there is refused', async () => {
    expect(await codes('adopt', '1.29.6')).toEqual(['version-differs'])
  })
})
