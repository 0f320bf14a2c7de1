import { randomUUID, X509Certificate } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCa, issueAuthority, type KeyPair } from '../../certificates/certificate-authority.js'
import { readCertificates } from '../../certificates/read-certificates.js'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { defineTool } from '../support/identity-tools.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'
import { logOf, outcomeOf, startOf } from './cluster-grant.js'

const secretPath = '/api/v1/namespaces/linkerd/secrets/linkerd-identity-issuer'
const base64 = (text: string) => Buffer.from(text).toString('base64')

// Secrets and ConfigMaps as Linkerd's chart reads them; the API is the simulated one, and no Linkerd runs.
describe("Renewing Linkerd's issuer", () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let linkerd: AdapterUnderTest
  let anchor: KeyPair
  let first: KeyPair

  beforeAll(async () => {
    linkerd = await startAdapter({ mesh: 'linkerd' })
    sandbox = await startSandbox('applications')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    anchor = await createCa('root.linkerd.cluster.local', { signsAuthorities: true })
    first = await issueAuthority(anchor, { commonName: 'identity.linkerd.cluster.local', days: 10 })
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'linkerd' } })
    await api.create('/api/v1/namespaces/linkerd/configmaps', {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'linkerd-identity-trust-roots' } },
      data: { 'ca-bundle.crt': anchor.cert },
    })
    await api.create('/api/v1/namespaces/linkerd/secrets', {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'linkerd-identity-issuer' }, type: 'kubernetes.io/tls' },
      data: { 'ca.crt': base64(anchor.cert), 'tls.crt': base64(first.cert), 'tls.key': base64(first.key) },
    })
  })
  afterAll(async () => {
    await Promise.all([linkerd?.[Symbol.asyncDispose](), sandbox?.stop(), dispatcher.close()])
  })

  const call = (pem: string, more: object = {}) => callOf('renew-issuer', { parameters: { params: { anchor: pem, ...more } } })
  const issuerNow = async () => {
    const { body } = await api.get(secretPath)
    return Buffer.from(body.data['tls.crt'], 'base64').toString()
  }
  const refusal = async (pem: string, more: object = {}) => {
    const plan = await linkerd.plan(call(pem, more), grant)
    expect(plan.of('step')).toEqual([])
    return plan.of('finding').map(({ code }) => code)
  }

  it.each<[string, string, () => Promise<string>, object]>([
    ['a text that holds no key', 'anchor-unreadable', async () => anchor.cert, {}],
    ['nothing', 'anchor-unreadable', async () => '', {}],
    ['a key of another certificate', 'anchor-key-wrong', async () => anchor.cert + (await createCa()).key, {}],
    ['an anchor that no proxy trusts', 'anchor-not-trusted', async () => Object.values(await createCa('other')).join(''), {}],
    ['an issuer that would outlive its anchor', 'anchor-ends-first', async () => anchor.cert + anchor.key, { days: 3650 }],
  ])('is refused for %s', async (_, code, pem, more) => {
    expect(await refusal(await pem(), more)).toEqual([code])
  })

  it('signs one with the anchor that the proxies trust, and shows no key before or after', async () => {
    const wanted = call(anchor.key + anchor.cert, { days: 90 })
    const plan = await linkerd.plan(wanted, grant)
    expect(plan.of('finding')).toEqual([])
    expect(plan.of('object')).toMatchObject([{ object: { kind: 'Secret', name: 'linkerd-identity-issuer' } }])
    expect(await issuerNow()).toBe(first.cert)
    const operation = randomUUID()
    await linkerd.start(startOf(plan, { operation, call: wanted, grant }))
    const entries = await linkerd.watch({ operation })
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })

    const [renewed] = readCertificates(await issuerNow()).certificates
    const [root] = readCertificates(anchor.cert).certificates
    if (renewed === undefined || root === undefined) throw new Error('no certificate')
    expect(renewed.isSignedBy(root)).toBe(true)
    expect(Math.round((renewed.notAfter.getTime() - Date.now()) / 86_400_000)).toBe(90)
    const { body } = await api.get(secretPath)
    const key = Buffer.from(body.data['tls.key'], 'base64').toString()
    expect(new X509Certificate(await issuerNow()).publicKey.export({ type: 'spki', format: 'pem' })).not.toBe(
      new X509Certificate(first.cert).publicKey.export({ type: 'spki', format: 'pem' }),
    )
    const told = JSON.stringify([plan.entries, entries], (_, value) => (typeof value === 'bigint' ? String(value) : value))
    for (const secret of [key, anchor.key, first.key])
      for (const line of [secret.split('\n')[1] ?? '', base64(secret).slice(60, 120)]) expect(told).not.toContain(line)
  })

  it('leaves one alone that cert-manager makes, and one that stands in the values of a release', async () => {
    const annotations = { 'cert-manager.io/certificate-name': 'issuer' }
    await api.ask('PATCH', secretPath, { body: { metadata: { annotations } }, type: 'application/merge-patch+json' })
    expect(await refusal(anchor.cert + anchor.key)).toEqual(['issuer-not-ours'])
    await api.ask('PATCH', secretPath, {
      body: { metadata: { annotations: { 'cert-manager.io/certificate-name': null } } },
      type: 'application/merge-patch+json',
    })
    await defineTool(api, 'cert-manager')
    const certificates = '/apis/cert-manager.io/v1/namespaces/linkerd/certificates'
    const spec = { secretName: 'linkerd-identity-issuer' }
    await api.create(certificates, { apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata: { name: 'theirs' }, spec })
    expect(await refusal(anchor.cert + anchor.key)).toEqual(['issuer-not-ours'])
    await api.ask('DELETE', `${certificates}/theirs`)
    expect((await linkerd.plan(call(anchor.cert + anchor.key), grant)).of('finding')).toEqual([])
    await api.ask('DELETE', secretPath)
    await api.create('/api/v1/namespaces/linkerd/secrets', {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'linkerd-identity-issuer' } },
      data: { 'crt.pem': base64(first.cert), 'key.pem': base64(first.key) },
    })
    expect(await refusal(anchor.cert + anchor.key)).toEqual(['issuer-not-ours'])
    await api.ask('DELETE', secretPath)
    expect(await refusal(anchor.cert + anchor.key)).toEqual(['issuer-not-ours'])
  })
})
