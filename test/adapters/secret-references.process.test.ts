import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'

describe('Secrets that values name', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let adapters: Record<'consul' | 'kuma' | 'istio', AdapterUnderTest>

  beforeAll(async () => {
    const [consul, kuma, istio] = await Promise.all([
      startAdapter({ mesh: 'consul' }),
      startAdapter({ mesh: 'kuma' }),
      startAdapter({ mesh: 'istio' }),
    ])
    adapters = { consul, kuma, istio }
    sandbox = await startSandbox('three-meshes')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'consul' } })
    const gossip = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'gossip' }, data: { other: 'eA==' } }
    await api.create('/api/v1/namespaces/consul/secrets', gossip)
  })
  afterAll(async () => {
    await Promise.all(Object.values(adapters ?? {}).map((adapter) => adapter[Symbol.asyncDispose]()))
    await Promise.all([sandbox?.stop(), dispatcher.close()])
  })

  type Wanted = { mesh: keyof typeof adapters; action?: string; version: string; component: string; values: object }
  const said = async ({ mesh, action = 'install', version, component, values }: Wanted) => {
    const plan = await adapters[mesh].plan(callOf(action, { version, parameters: { components: { [component]: { values } } } }), grant)
    return plan
      .of('finding')
      .filter(({ code }) => code.startsWith('secret-') || code === 'component-absent' || code === 'value-of-wrong-type')
      .map(({ code, message }) => `${code}: ${message}`)
  }
  const consul = (values: object) => said({ mesh: 'consul', version: '2.0.3', component: 'consul', values })

  it('are looked for before the pods that wait for them are made', async () => {
    const key = { secretName: 'gossip', secretKey: 'key' }
    expect(await consul({ global: { gossipEncryption: key, tls: { caCert: { secretName: 'authority', secretKey: 'crt' } } } })).toEqual([
      'secret-key-absent: Secret gossip in consul has no key key, and the values of release consul name it (global.gossipEncryption.secretName).',
      'secret-absent: There is no Secret authority in consul, and the values of release consul name it (global.tls.caCert.secretName).',
    ])
    expect(await consul({ global: { gossipEncryption: { secretName: 'gossip', secretKey: 'other' } } })).toEqual([])
    expect(await consul({ global: { imagePullSecrets: [{ name: 'registry' }] } })).toEqual([
      'secret-absent: There is no Secret registry in consul, and the values of release consul name it (global.imagePullSecrets).',
    ])
    const kuma = { controlPlane: { secrets: { postgres: { Env: 'PASSWORD', Secret: 'postgres', Key: 'password' } } } }
    expect(await said({ mesh: 'kuma', version: '2.14.3', component: 'kuma', values: kuma })).toEqual([
      'secret-absent: There is no Secret postgres in kuma-system, and the values of release kuma name it (controlPlane.secrets.postgres.Secret).',
    ])
  })

  it('need not be there where the chart makes them, or reads them from Vault', async () => {
    expect(await consul({ global: { gossipEncryption: { autoGenerate: true, secretName: 'made' } } })).toEqual([])
    expect(await consul({ global: { gossipEncryption: { secretName: 'consul/data/secrets/gossip', secretKey: 'key' } } })).toEqual([])
  })

  it('are better than secrets in clear, which helm would keep', async () => {
    expect(await consul({ global: { acls: { bootstrapToken: 'open sesame' } } })).toEqual([
      'secret-in-values: The values of release consul hold a secret in clear: global.acls.bootstrapToken.',
    ])
  })

  it('are said of an upgrade, too, for what it is given; values of what has no release here or of the wrong type are refused', async () => {
    const upgrade = { mesh: 'istio', action: 'upgrade', version: '1.30.3' } as const
    expect(await said({ ...upgrade, component: 'istiod', values: { pilotToken: 'open sesame' } })).toEqual([
      'secret-in-values: The values of release istiod hold a secret in clear: pilotToken.',
    ])
    expect(await said({ ...upgrade, component: 'istiod', values: { replicaCount: 'many' } })).toEqual([
      'value-of-wrong-type: Value replicaCount of release istiod is "many", and its chart takes a whole number.',
    ])
    expect(await said({ ...upgrade, component: 'gateway-eu', values: { service: { type: 'ClusterIP' } } })).toEqual([
      'component-absent: Values are given for gateway-eu, and no release here is of it.',
    ])
  })
})
