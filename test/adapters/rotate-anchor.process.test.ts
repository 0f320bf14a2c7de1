import { randomUUID } from 'node:crypto'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createCa, issueAuthority, type KeyPair } from '../../certificates/certificate-authority.js'
import { readCertificates } from '../../certificates/read-certificates.js'
import type { ActionCall, Grant, WatchResponse } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { defineKind, defineTool } from '../support/identity-tools.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'
import { journalOf, logOf, outcomeOf, startOf } from './cluster-grant.js'

const linkerdPath = '/api/v1/namespaces/linkerd'
const rootsPath = `${linkerdPath}/configmaps/linkerd-identity-trust-roots`
const issuerPath = `${linkerdPath}/secrets/linkerd-identity-issuer`
const base64 = (text: string) => Buffer.from(text).toString('base64')
const ofPlane = { 'linkerd.io/control-plane-ns': 'linkerd' }

// The objects are those that Linkerd's chart and injector make; the API is the simulated one, and no Linkerd runs.
describe("Rotating Linkerd's trust anchor", () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let linkerd: AdapterUnderTest
  let anchor: KeyPair
  let first: KeyPair
  let files: { name: string; text: string }[]

  beforeAll(async () => {
    linkerd = await startAdapter({ mesh: 'linkerd' })
    anchor = await createCa('root.linkerd.cluster.local', { signsAuthorities: true })
    first = await issueAuthority(anchor, { commonName: 'identity.linkerd.cluster.local', days: 10 })
  })
  beforeEach(async () => {
    files = []
    sandbox = await startSandbox('applications')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    for (const name of ['linkerd', 'lab'])
      await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    await api.create(`${linkerdPath}/configmaps`, {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'linkerd-identity-trust-roots' } },
      data: { 'ca-bundle.crt': anchor.cert },
    })
    await api.create(`${linkerdPath}/secrets`, {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'linkerd-identity-issuer' }, type: 'kubernetes.io/tls' },
      data: { 'ca.crt': base64(anchor.cert), 'tls.crt': base64(first.cert), 'tls.key': base64(first.key) },
    })
    const ofComponent = (component: string) => ({ ...ofPlane, 'linkerd.io/control-plane-component': component })
    for (const component of ['destination', 'identity', 'proxy-injector'])
      await deploy('linkerd', `linkerd-${component}`, { labels: ofComponent(component), containers: [component, 'linkerd-proxy'] })
    await deploy('lab', 'web', { labels: ofPlane, containers: ['app', 'linkerd-proxy'], replicas: 2 })
    await deploy('lab', 'plain', { labels: {}, containers: ['app'] })
    await settled('linkerd', 3)
    await settled('lab', 3)
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([linkerd?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  interface Parts {
    labels: object
    containers: string[]
    replicas?: number
    env?: object[]
  }
  const podSpec = ({ containers, env }: Pick<Parts, 'containers' | 'env'>) => ({
    containers: containers.map((name) => ({ name, image: 'example.com/x:1', ...(env && name === 'linkerd-proxy' ? { env } : {}) })),
  })
  const deploy = (namespace: string, name: string, { labels, replicas = 1, ...parts }: Parts) =>
    api.create(`/apis/apps/v1/namespaces/${namespace}/deployments`, {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
      spec: {
        ...{ replicas, selector: { matchLabels: { app: name } } },
        template: { metadata: { labels: { ...labels, app: name } }, spec: podSpec(parts) },
      },
    })
  const oldInEnv = () => [{ name: 'LINKERD2_PROXY_IDENTITY_TRUST_ANCHORS', value: anchor.cert }]
  const standAlone = (name: string) =>
    api.create('/api/v1/namespaces/lab/pods', {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name, labels: ofPlane } },
      spec: podSpec({ containers: ['linkerd-proxy'], env: oldInEnv() }),
    })
  const settled = async (namespace: string, count: number) => {
    await api.until(
      `/api/v1/namespaces/${namespace}/pods`,
      ({ body }) => body.items.filter(({ status }: Body) => status?.phase === 'Running').length === count,
    )
    // The pods are ready before their workloads say so, and a plan names workloads that are not.
    await api.until(`/apis/apps/v1/namespaces/${namespace}/deployments`, ({ body }) =>
      body.items.every(({ spec, status }: Body) => status?.readyReplicas === spec.replicas),
    )
  }
  const uidsOf = async (namespace: string, app: string): Promise<string[]> => {
    const { body } = await api.get(`/api/v1/namespaces/${namespace}/pods`)
    const own = body.items.filter(({ metadata }: Body) => metadata.labels?.app === app && metadata.deletionTimestamp === undefined)
    return own.map(({ metadata }: Body) => metadata.uid)
  }
  const restartsOf = async (namespace: string, name: string): Promise<number> => {
    const { body } = await api.get(`/apis/apps/v1/namespaces/${namespace}/deployments/${name}`)
    return body.metadata.generation - 1
  }
  const anchors = async () => readCertificates((await api.get(rootsPath)).body.data['ca-bundle.crt']).certificates
  const issuerPem = async () => Buffer.from((await api.get(issuerPath)).body.data['tls.crt'], 'base64').toString()
  const issuer = async () => readCertificates(await issuerPem()).certificates[0]
  const call = (params: object = {}) => callOf('rotate-anchor', { parameters: { params: { timeoutSeconds: 60, ...params } } })

  /** Follows an operation to its end, or until `${step} ${state}`, where the adapter is killed and another started. */
  const follow = async (operation: string, killAt = ''): Promise<WatchResponse[]> => {
    const entries: WatchResponse[] = []
    const stream = linkerd.client.watch({ operation, afterIncarnation: '', afterN: 0n }, linkerd.metadata)
    try {
      for await (const response of stream as AsyncIterable<WatchResponse>) {
        entries.push(response)
        const { entry } = response
        if (entry?.$case === 'step' && `${entry.value.key} ${entry.value.state}` === killAt) linkerd.child.kill('SIGKILL')
        if (entry?.$case !== 'artifact') continue
        const { name, sha256, content } = entry.value
        files.push({ name, text: Buffer.from(content).toString() })
        await new Promise((told) => linkerd.client.artifactKept({ operation, name, sha256 }, linkerd.metadata, told))
      }
    } catch (error) {
      if (!linkerd.child.killed) throw error
    }
    if (linkerd.child.killed) {
      await linkerd[Symbol.asyncDispose]()
      linkerd = await startAdapter({ mesh: 'linkerd' })
    }
    return entries
  }
  const planOf = async (wanted: ActionCall) => {
    const plan = await linkerd.plan(wanted, grant)
    return { plan, confirmed: plan.of('confirmation').map(({ code }) => code), codes: plan.of('finding').map(({ code }) => code) }
  }
  const run = async (wanted: ActionCall) => {
    const { plan, confirmed, codes } = await planOf(wanted)
    const operation = randomUUID()
    await linkerd.start(startOf(plan, { operation, call: wanted, grant, confirmed }))
    return { plan, operation, codes, entries: await follow(operation) }
  }

  it('is planned with every restart and object, and changes nothing', async () => {
    const { plan, codes } = await planOf(call())
    expect(plan.of('step').map(({ key }) => key)).toEqual([
      ...['make-anchor', 'trust-both', 'trust-control-plane', 'trust-lab', 'swap-issuer', 'certify-control-plane', 'certify-lab'],
      'drop-old',
    ])
    expect(codes).toEqual(['anchors-dropped'])
    expect(plan.of('confirmation')).toMatchObject([
      {
        code: 'restart-workloads',
        text: expect.stringContaining(
          '4 workloads with 5 pods will be restarted twice (linkerd: 3 workloads, 3 pods; lab: 1 workload, 2 pods)',
        ),
      },
    ])
    expect((await api.get(`${issuerPath}-next`)).status).toBe(404)
    expect([await issuerPem(), await restartsOf('lab', 'web')]).toEqual([first.cert, 0])
  })

  it('ends with the new anchor alone, and makes no other one, however often the adapter is killed on the way', async () => {
    const before = {
      web: await uidsOf('lab', 'web'),
      plain: await uidsOf('lab', 'plain'),
      identity: await uidsOf('linkerd', 'linkerd-identity'),
    }
    const wanted = call({ days: 90 })
    const { plan, confirmed } = await planOf(wanted)
    const operation = randomUUID()
    const begin = (resumeFrom = '') => linkerd.start(startOf(plan, { operation, call: wanted, grant, confirmed, resumeFrom }))
    const told: WatchResponse[] = []
    const recover = () => {
      const journal = journalOf(told).map((line) => ({ key: line.split(' ')[0] ?? '', state: line.split(' ')[1] ?? '' }))
      return linkerd.recover({ operation, call: wanted, grant, journal, requested: [] })
    }
    await begin()
    for (const at of [
      'make-anchor succeeded',
      'trust-control-plane running',
      'trust-lab running',
      'certify-control-plane running',
      'drop-old running',
    ]) {
      told.push(...(await follow(operation, at)))
      const seen = await recover()
      // What was killed as it began may be done all the same.
      if (seen.state === 'finished') break
      expect(seen.state, `${at}: ${seen.summary}`).toBe('partial')
      await begin(seen.resumeFrom)
    }
    if ((await recover()).state !== 'finished') told.push(...(await follow(operation)))
    expect(await recover(), logOf(told)).toMatchObject({ state: 'finished' })

    expect(files.map(({ name }) => name)).toEqual([expect.stringMatching(/^linkerd-trust-anchor-\w+\.pem$/)])
    const [handedOut] = readCertificates(files[0]?.text ?? '').certificates
    expect((await anchors()).map(({ fingerprint }) => fingerprint)).toEqual([handedOut?.fingerprint])
    const signing = await issuer()
    if (handedOut === undefined || signing === undefined) throw new Error('no certificate')
    expect(signing.isSignedBy(handedOut)).toBe(true)
    expect(Math.round((signing.notAfter.getTime() - Date.now()) / 86_400_000)).toBe(90)
    expect((await api.get(`${issuerPath}-next`)).status).toBe(404)
    const { body } = await api.get(issuerPath)
    expect(Buffer.from(body.data['ca.crt'], 'base64').toString().trim()).toBe(handedOut.x509.toString().trim())

    // Members for both anchors, and again for the new issuer; who is no member, not at all.
    expect(await restartsOf('lab', 'web')).toBeGreaterThanOrEqual(2)
    for (const uid of await uidsOf('lab', 'web')) expect(before.web).not.toContain(uid)
    for (const uid of await uidsOf('linkerd', 'linkerd-identity')) expect(before.identity).not.toContain(uid)
    expect(await uidsOf('lab', 'plain')).toEqual(before.plain)

    const words = JSON.stringify([plan.entries, told.filter(({ entry }) => entry?.$case !== 'artifact')], (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    const roots = JSON.stringify((await api.get(rootsPath)).body)
    const anchorKey = files[0]?.text.split('\n')[1] ?? ''
    const issuerKey = Buffer.from(body.data['tls.key'], 'base64').toString().split('\n')[1] ?? ''
    for (const line of [anchorKey, issuerKey]) {
      expect(line.length).toBeGreaterThan(40)
      expect([words.includes(line), roots.includes(line), words.includes(base64(line).slice(0, 40))]).toEqual([false, false, false])
    }
    // The rotation is over: the next one is another.
    expect((await planOf(call())).codes).toEqual(['anchors-dropped'])
  })

  it('names members that it cannot restart, stops before they are left out, and goes on once they are gone', async () => {
    await standAlone('alone')
    await deploy('lab', 'by-hand', { labels: ofPlane, containers: ['linkerd-proxy'], env: oldInEnv() })
    await settled('lab', 5)
    const own = await createCa('root.example', { signsAuthorities: true })
    const below = await issueAuthority(own, { commonName: 'identity.example', days: 30 })
    const { plan, entries } = await run(call({ anchor: own.cert, issuer: below.cert + below.key }))
    const [loose] = plan.of('finding').filter(({ code }) => code === 'not-restarted')
    expect(loose).toMatchObject({ message: '2 pods of lab will not be restarted and stay as they are.' })
    expect(loose?.cause).toMatch(/alone stands alone/)
    expect(loose?.cause).toMatch(/by-hand-\S+ belongs to Deployment by-hand, whose template holds the proxy and its anchors/)
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({
      state: 'failed',
      problem: { reason: 'MEMBERS_NOT_AS_WISHED', title: '2 pods are left with only the old anchor, so the old issuer goes on signing.' },
    })
    expect(journalOf(entries).slice(-3)).toEqual(['swap-issuer running', 'swap-issuer failed', 'outcome failed partial'])
    expect([await issuerPem(), (await anchors()).map(({ subject }) => subject)]).toEqual([
      first.cert,
      ['CN=root.linkerd.cluster.local', 'CN=root.example'],
    ])

    const other = await createCa('root.other', { signsAuthorities: true })
    expect((await planOf(call({ anchor: other.cert + other.key }))).codes).toEqual(['rotation-open'])
    await api.ask('DELETE', '/api/v1/namespaces/lab/pods/alone')
    await api.ask('DELETE', '/apis/apps/v1/namespaces/lab/deployments/by-hand')
    await settled('lab', 3)
    const restarts = await restartsOf('linkerd', 'linkerd-identity')
    const retried = await run(call())
    expect(retried.codes).toContain('rotation-under-way')
    expect(outcomeOf(retried.entries), logOf(retried.entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect((await anchors()).map(({ subject }) => subject)).toEqual(['CN=root.example'])
    expect((await issuerPem()).trim()).toBe(below.cert.trim())
    // What was reached before is not done again.
    expect([await restartsOf('linkerd', 'linkerd-identity'), await restartsOf('lab', 'web')]).toEqual([restarts + 1, 2])
    expect(files).toEqual([])
  })

  it('has every proxy forget the old anchor when that is asked for', async () => {
    const own = await createCa('root.example', { signsAuthorities: true })
    const { entries, operation } = await run(call({ anchor: own.cert + own.key, lastRestart: true }))
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    expect(
      journalOf(entries)
        .filter((line) => line.endsWith('succeeded'))
        .slice(-4),
    ).toEqual([...['drop-old succeeded', 'forget-control-plane succeeded', 'forget-lab succeeded', 'finish succeeded']])
    expect(await restartsOf('lab', 'web')).toBe(3)
    const note = JSON.parse((await api.get(rootsPath)).body.metadata.annotations['meshwright.io/anchor-rotation'])
    expect(note).toMatchObject({ operation, finished: true })
  })

  it.each<[string, string, () => Promise<object>]>([
    ['an anchor without key and without issuer', 'anchor-unreadable', async () => ({ anchor: (await createCa('x')).cert })],
    [
      'an issuer that another anchor signed',
      'issuer-not-anchored',
      async () => ({ anchor: (await createCa('x')).cert, issuer: first.cert + first.key }),
    ],
    ['the anchor that is in use', 'anchor-in-use', async () => ({ anchor: anchor.cert + anchor.key })],
    ['an issuer that would outlive its anchor', 'anchor-ends-first', async () => ({ ...own(await createCa('x')), days: 3650 })],
  ])('is refused for %s', async (_, code, params) => {
    const { plan, codes } = await planOf(call(await params()))
    expect([codes, plan.of('step')]).toEqual([[code], []])
  })
  const own = (pair: KeyPair) => ({ anchor: pair.cert + pair.key })

  it('is refused where somebody else looks after the identity, or shares the anchor', async () => {
    await defineTool(api, 'trust-manager')
    const bundle = {
      apiVersion: 'trust.cert-manager.io/v1alpha1',
      kind: 'Bundle',
      metadata: { name: 'linkerd-identity-trust-roots' },
      spec: {},
    }
    await api.create('/apis/trust.cert-manager.io/v1alpha1/bundles', bundle)
    const { plan } = await planOf(call())
    expect(plan.of('finding')).toMatchObject([
      {
        code: 'anchors-not-ours',
        remedy: 'Change it there.',
        cause: expect.stringContaining('Bundle linkerd-identity-trust-roots writes'),
      },
    ])
    await api.ask('DELETE', '/apis/trust.cert-manager.io/v1alpha1/bundles/linkerd-identity-trust-roots')
    await defineKind(api, { group: 'multicluster.linkerd.io', version: 'v1alpha3', kind: 'Link', scope: 'Namespaced' })
    await api.create('/apis/multicluster.linkerd.io/v1alpha3/namespaces/lab/links', {
      ...{ apiVersion: 'multicluster.linkerd.io/v1alpha3', kind: 'Link', metadata: { name: 'west' }, spec: {} },
    })
    expect((await planOf(call())).plan.of('finding')).toMatchObject([
      { code: 'anchor-shared', message: '1 partner outside of this cluster trusts the same anchor: Link lab/west.' },
    ])
    await api.ask('DELETE', issuerPath)
    expect((await planOf(call())).codes[0]).toBe('identity-incomplete')
  })
})
