import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kumaAdapter } from '../../../adapters/kuma/kuma-adapter.js'
import { describeActions } from '../../../adapters/runtime/describe-adapter.js'
import type { Cluster } from '../../../contract/cluster.js'
import type { Problem } from '../../../contract/problem.js'
import { connectWithToken } from '../../../kube/connection.js'
import { withInstallationAddresses } from '../../../server/operations/installation-addresses.js'
import { sandboxClient } from '../../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../../sandbox/sandbox-under-test.js'
import { startServer } from '../../support/running-server.js'

const services = '/api/v1/namespaces/kuma-system/services'

// The cluster of the global control plane is simulated; its Service is as Kuma's chart makes it.
describe('A parameter that names an installation', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox

  beforeAll(async () => {
    sandbox = await startSandbox('empty')
    const api = sandboxClient(sandbox, dispatcher)
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kuma-system' } })
  })
  afterAll(async () => {
    await Promise.all([sandbox?.stop(), dispatcher.close()])
  })

  const resolve = async (params: Record<string, string>, { mesh = 'kuma', url = sandbox.url } = {}) => {
    const connection = connectWithToken({ url, ca: '', token: sandbox.token })
    const request = { cluster: 'zone', mesh: 'kuma', action: 'install', params }
    return withInstallationAddresses(
      {
        registry: { description: () => describeActions(kumaAdapter) },
        clusters: { connection: async () => connection, find: () => ({ name: 'edge' }) },
        installationOf: () => ({ cluster: 'global', mesh, namespace: 'kuma-system', revision: 'default' }),
        closing: new AbortController().signal,
      },
      request,
    )
      .then((answer) => answer.params)
      .finally(() => connection.close())
  }

  it('is left alone where none is named', async () => {
    expect(await resolve({ zone: 'east' })).toEqual({ zone: 'east' })
  })

  it('is refused while nobody takes zones there, and while there is no address from outside', async () => {
    await expect(resolve({ zone: 'east', global: 'g' })).rejects.toMatchObject({ message: 'The installation takes no others under it.' })
    const api = sandboxClient(sandbox, dispatcher)
    const spec = { type: 'LoadBalancer', ports: [{ name: 'global-zone-sync', port: 5685 }] }
    await api.create(services, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kuma-global-zone-sync' }, spec })
    await expect(resolve({ zone: 'east', global: 'g' })).rejects.toMatchObject({
      message: 'The installation has no address from outside yet.',
      details: { errors: [{ pointer: '/params/global' }] },
    })
  })

  it('becomes its address, in the parameter that is for it', async () => {
    const body = { status: { loadBalancer: { ingress: [{ ip: '2001:db8::7' }] } } }
    const api = sandboxClient(sandbox, dispatcher)
    await api.ask('PATCH', `${services}/kuma-global-zone-sync/status`, { body, type: 'application/merge-patch+json' })
    expect(await resolve({ zone: 'east', global: 'g' })).toEqual({ zone: 'east', globalAddress: 'grpcs://[2001:db8::7]:5685' })
    await expect(resolve({ global: 'g', globalAddress: 'grpcs://other:5685' })).rejects.toMatchObject({
      message: 'globalAddress is given, too: one of them is enough.',
    })
    await expect(resolve({ global: 'g' }, { mesh: 'istio' })).rejects.toMatchObject({ message: 'The installation is one of istio.' })
  })

  it('is refused with the reason where its cluster does not answer', async () => {
    await expect(resolve({ global: 'g' }, { url: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      ...{ code: 'cluster-unreachable', message: 'The cluster cannot be reached: edge.' },
      details: { cause: 'Nothing listens at that address and port.' },
    })
  })

  it('is looked for by the server before anything is stored', async () => {
    await using server = await startServer({ environment: { MESHWRIGHT_OFFLINE: '1' } })
    const { id: cluster } = await server.post<Cluster>('/api/v1/clusters', { name: 'zone', sandbox: true })
    const request = { cluster, mesh: 'kuma', action: 'install', params: { zone: 'east', global: 'nobody' } }
    for (const path of ['/api/v1/plans', '/api/v1/operations']) {
      expect(await server.call<Problem>('POST', path, request)).toMatchObject({ status: 404, body: { code: 'not-found' } })
      expect((await server.get<{ items: object[] }>('/api/v1/operations')).items).toEqual([])
    }
  })
})
