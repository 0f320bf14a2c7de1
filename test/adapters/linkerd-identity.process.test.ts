import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkIdentity } from '../../adapters/linkerd/check-identity.js'
import { findIdentityOwners } from '../../adapters/linkerd/identity-owners.js'
import { openClusterSession } from '../../adapters/runtime/cluster-session.js'
import type { ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { defineTool } from '../support/identity-tools.js'

const configMaps = '/api/v1/namespaces/linkerd/configmaps'
const secrets = '/api/v1/namespaces/linkerd/secrets'
const certificates = '/apis/cert-manager.io/v1/namespaces/linkerd/certificates'
const bundles = '/apis/trust.cert-manager.io/v1alpha1/bundles'

// One story: each step adds to what the one before has put there. The API is the simulated one; neither tool runs.
describe('Before Linkerd is installed, its identity', () => {
  const dispatcher = new Agent()
  let workDir: string
  let sandbox: RunningSandbox
  let api: ContractClient

  beforeAll(async () => {
    workDir = await mkdtemp(join(tmpdir(), 'mw-identity-'))
    sandbox = await startSandbox('applications')
    api = sandboxClient(sandbox, dispatcher)
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'linkerd' } })
  })
  afterAll(async () => {
    await Promise.all([sandbox?.stop(), dispatcher.close()])
    await rm(workDir, { recursive: true, force: true })
  })

  const inSession = async <Answer>(look: (session: Awaited<ReturnType<typeof openClusterSession>>) => Promise<Answer>) => {
    const grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    await using session = await openClusterSession({ grant, workDir, name: 'look', signal: new AbortController().signal })
    return await look(session)
  }
  const findings = () => inSession((session) => checkIdentity(session, 'linkerd'))
  const owners = () => inSession((session) => findIdentityOwners(session, 'linkerd'))
  const tls = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, type: 'kubernetes.io/tls', data: {} })
  const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })

  it('is made where nothing else could look after it', async () => {
    expect((await findings()).map(({ code }) => code)).toEqual(['identity-made'])
  })

  it('can be chosen to be of cert-manager and trust-manager, as far as these are there', async () => {
    await defineTool(api, 'cert-manager')
    const [made, choices] = await findings()
    expect(made?.code).toBe('identity-made')
    expect(choices).toMatchObject({
      code: 'identity-choices',
      message: 'cert-manager is in this cluster, and could look after the identity.',
      remedy: expect.stringMatching(/^Let a Certificate write Secret .* put the anchor's certificate into ConfigMap/),
    })
    await defineTool(api, 'trust-manager')
    expect((await findings())[1]).toMatchObject({
      message: 'cert-manager and trust-manager are in this cluster, and could look after the identity.',
      remedy: expect.stringContaining('let a Bundle write ConfigMap linkerd-identity-trust-roots'),
    })
  })

  it('is waited for while a Certificate or a Bundle names it and has not written it', async () => {
    const metadata = { name: 'theirs' }
    await api.create(certificates, {
      ...{ apiVersion: 'cert-manager.io/v1', kind: 'Certificate', metadata },
      spec: { secretName: 'linkerd-identity-issuer' },
    })
    expect(await owners()).toEqual({ issuer: 'Certificate linkerd/theirs', roots: undefined })
    expect(await findings()).toMatchObject([
      {
        code: 'identity-pending',
        message: 'Certificate linkerd/theirs is going to write the identity of linkerd, and has not done so yet.',
      },
    ])
    const bundle = { name: 'linkerd-identity-trust-roots' }
    await api.create(bundles, { apiVersion: 'trust.cert-manager.io/v1alpha1', kind: 'Bundle', metadata: bundle, spec: {} })
    await api.create(secrets, tls('linkerd-identity-issuer'))
    expect(await findings()).toMatchObject([
      { code: 'identity-incomplete', remedy: 'Wait until Bundle linkerd-identity-trust-roots has written it, then plan again.' },
    ])
  })

  it('is used once it is there, and the plan says who writes it', async () => {
    await api.create(configMaps, map('linkerd-identity-trust-roots'))
    expect(await findings()).toMatchObject([
      {
        code: 'identity-found',
        cause:
          'Certificate linkerd/theirs writes Secret linkerd-identity-issuer. Bundle linkerd-identity-trust-roots writes ConfigMap linkerd-identity-trust-roots.',
      },
    ])
  })

  // One with an owner that is not there would be collected.
  const ownedBy = (uid: string) => ({ ownerReferences: [{ apiVersion: 'trust.cert-manager.io/v1alpha1', kind: 'Bundle', name: 'b', uid }] })
  it.each<[string, (uid: string) => object, string | undefined]>([
    ['an owner reference', ownedBy, 'Bundle b'],
    ['a label', () => ({ labels: { 'trust.cert-manager.io/bundle': 'c' } }), 'Bundle c'],
    ['the mark of helm', () => ({ annotations: { 'meta.helm.sh/release-name': 'mesh' } }), 'helm release mesh'],
    ['nothing', () => ({}), undefined],
  ])('is told to be of somebody else by %s of the roots', async (_, marks, roots) => {
    await api.ask('DELETE', `${bundles}/linkerd-identity-trust-roots`)
    await api.ask('DELETE', `${configMaps}/linkerd-identity-trust-roots`)
    const { body } = await api.create(bundles, {
      apiVersion: 'trust.cert-manager.io/v1alpha1',
      kind: 'Bundle',
      metadata: { name: 'b' },
      spec: {},
    })
    const metadata = { name: 'linkerd-identity-trust-roots', ...marks(body.metadata?.uid) }
    await api.create(configMaps, { ...map(''), metadata })
    expect(await owners()).toEqual({ issuer: 'Certificate linkerd/theirs', roots })
  })
})
