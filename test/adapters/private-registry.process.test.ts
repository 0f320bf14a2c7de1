import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Parameters } from '../../contract/parameters.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'

const images = { registry: 'registry.example:5000/copies', pullSecrets: ['ours'] }

describe('A private registry', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let grant: Grant
  let adapters: Record<'istio' | 'kuma', AdapterUnderTest>

  beforeAll(async () => {
    const [istio, kuma] = await Promise.all([startAdapter({ mesh: 'istio' }), startAdapter({ mesh: 'kuma' })])
    adapters = { istio, kuma }
    sandbox = await startSandbox('three-meshes')
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    const api = sandboxClient(sandbox, dispatcher)
    const ours = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'ours' } }
    await api.create('/api/v1/namespaces/istio-system/secrets', ours)
  })
  afterAll(async () => {
    await Promise.all(Object.values(adapters ?? {}).map((adapter) => adapter[Symbol.asyncDispose]()))
    await Promise.all([sandbox?.stop(), dispatcher.close()])
  })

  const planned = async (mesh: keyof typeof adapters, version: string, parameters: Parameters) => {
    const plan = await adapters[mesh].plan(callOf('upgrade', { version, parameters }), grant)
    const values = plan.of('step').flatMap(({ release }) => (release ? [JSON.parse(release.valuesJson)] : []))
    const absent = plan.of('finding').flatMap(({ code, message }) => (code === 'secret-absent' ? [message] : []))
    return { values, absent }
  }

  it('is put where each chart wants it by an upgrade, over what the release has and under what the call gives', async () => {
    const components = { istiod: { values: { global: { hub: 'elsewhere.example' } } } }
    const { values, absent } = await planned('istio', '1.30.3', { images, components })
    expect(values).toMatchObject([
      { global: { imagePullSecrets: ['ours'] } },
      { global: { hub: 'elsewhere.example', imagePullSecrets: ['ours'] } },
      { imagePullSecrets: [{ name: 'ours' }] },
    ])
    expect(absent).toEqual([expect.stringContaining('There is no Secret ours in istio-ingress')])
  })

  it('whose pull secret is not there yet is told before', async () => {
    const { values, absent } = await planned('kuma', '2.14.3', { images })
    expect(values).toMatchObject([{ global: { image: { registry: images.registry }, imagePullSecrets: ['ours'] } }])
    expect(absent).toEqual([expect.stringContaining('There is no Secret ours in kuma-system')])
  })
})
