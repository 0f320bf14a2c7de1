import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import { clusterTest } from '../cluster/cluster-test.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, problemOf, startAdapter } from './adapter-under-test.js'
import { logOf, outcomeOf, startGrantedCluster, startOf } from './cluster-grant.js'

const call = callOf('remove-webhooks')
const pods = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }]

interface Webhooks {
  name: string
  service: string
  policy?: 'Fail' | 'Ignore'
  kind?: string
  marks?: Record<string, string>
}

/** Asked about pods of one namespace, so that several do not get into each other's way. */
function webhooks({ name, service, policy = 'Fail', kind = 'Mutating', marks = { 'meta.helm.sh/release-name': 'kuma' } }: Webhooks) {
  const [namespace, serviceName] = service.split('/')
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name, annotations: marks },
    webhooks: [
      {
        name: 'inject.kuma.io',
        ...{ admissionReviewVersions: ['v1'], sideEffects: 'None', failurePolicy: policy, rules: pods },
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
        clientConfig: { service: { namespace, name: serviceName, path: '/' } },
      },
    ],
  }
}

clusterTest('api', import.meta.url)('Webhooks of a control plane that is dead', () => {
  let cluster: TestCluster
  let grant: Grant
  let adapter: AdapterUnderTest

  beforeAll(async () => {
    ;({ cluster, grant } = await startGrantedCluster())
    adapter = await startAdapter({ mesh: 'kuma' })
    await cluster.kubectl(['create', 'namespace', 'shop'])
    await cluster.kubectl(['create', 'namespace', 'kuma-system'])
    const slice = {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'alive-1', namespace: 'kuma-system', labels: { 'kubernetes.io/service-name': 'alive' } },
      ...{ addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }], ports: [{ port: 443 }] },
    }
    await put(
      slice,
      webhooks({ name: 'kuma-admission-mutating-webhook-configuration', service: 'kuma-system/kuma-control-plane' }),
      webhooks({ name: 'kuma-validating-webhook-configuration', service: 'kuma-system/kuma-control-plane', kind: 'Validating' }),
      webhooks({ name: 'kuma-validating-open', service: 'kuma-system/kuma-control-plane', kind: 'Validating', policy: 'Ignore' }),
      webhooks({ name: 'kuma-validating-alive', service: 'kuma-system/alive', kind: 'Validating' }),
      webhooks({ name: 'kuma-validating-elsewhere', service: 'theirs/kuma-control-plane', kind: 'Validating' }),
      webhooks({
        ...{ name: 'kuma-validating-by-argo', service: 'kuma-system/kuma-control-plane', kind: 'Validating' },
        marks: { 'argocd.argoproj.io/tracking-id': 'mesh:x' },
      }),
      webhooks({ name: 'policy-of-others', service: 'kuma-system/kuma-control-plane' }),
    )
  })
  afterAll(async () => {
    await adapter?.[Symbol.asyncDispose]()
    await cluster?.stop()
  })

  const put = (...items: object[]) =>
    cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) })
  const names = async () =>
    (await cluster.kubectl(['get', 'mutatingwebhookconfigurations,validatingwebhookconfigurations', '--output=name']))
      .trim()
      .split('\n')
      .map((line) => line.split('/')[1])
      .sort()

  it('are offered only when they fail closed, are of the installation, and nobody answers; those of others are told of', async () => {
    const plan = await adapter.plan(call, grant)
    expect(plan.of('object').map(({ object }) => object?.name)).toEqual([
      'kuma-admission-mutating-webhook-configuration',
      'kuma-validating-webhook-configuration',
    ])
    const others = plan.of('finding').filter(({ code }) => code === 'webhook-of-others')
    expect(others).toMatchObject([
      {
        message: expect.stringContaining('kuma-validating-by-argo'),
        remedy: expect.stringMatching(/^Change it there: the Application .* of Argo CD/),
      },
    ])
    expect(plan.of('confirmation')).toMatchObject([
      { code: 'webhooks-lost', destructive: true, text: expect.stringContaining('new pods come up outside of the mesh') },
    ])
    const request = startOf(plan, { operation: randomUUID(), call, grant })
    expect(await problemOf(adapter.start(request))).toMatchObject({ reason: 'CONFIRMATION_REQUIRED' })
  })

  it('are exported, then deleted; the export brings them back', async () => {
    const before = await names()
    const plan = await adapter.plan(call, grant)
    const request = startOf(plan, { operation: randomUUID(), call, grant, confirmed: ['webhooks-lost'] })
    await adapter.start(request)
    const parts: Buffer[] = []
    const watched = adapter.client.watch({ operation: request.operation, afterIncarnation: '', afterN: 0n }, adapter.metadata)
    const entries = []
    for await (const response of watched) {
      entries.push(response)
      if (response.entry?.$case !== 'artifact') continue
      const { name, sha256, content } = response.entry.value
      parts.push(Buffer.from(content))
      const word = { operation: request.operation, name, sha256 }
      if (sha256)
        await new Promise((told, failed) =>
          adapter.client.artifactKept(word, adapter.metadata, (error) => (error ? failed(error) : told(name))),
        )
    }
    expect(outcomeOf(entries), logOf(entries)).toMatchObject({ state: 'succeeded', world: 'clean' })
    const gone = ['kuma-admission-mutating-webhook-configuration', 'kuma-validating-webhook-configuration']
    expect(await names()).toEqual(before.filter((name) => !gone.includes(name ?? '')))
    expect((await adapter.plan(call, grant)).of('finding').map(({ code }) => code)).toContain('webhooks-not-silent')

    await cluster.kubectl(['apply', '--filename=-'], { input: Buffer.concat(parts).toString() })
    expect(await names()).toEqual(before)
  })

  it('are left alone when somebody answers again before the start', async () => {
    const plan = await adapter.plan(call, grant)
    const request = startOf(plan, { operation: randomUUID(), call, grant, confirmed: ['webhooks-lost'] })
    await put({
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'back-1', namespace: 'kuma-system', labels: { 'kubernetes.io/service-name': 'kuma-control-plane' } },
      ...{ addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.4'] }], ports: [{ port: 443 }] },
    })
    expect(await problemOf(adapter.start(request))).toMatchObject({ metadata: { finding: 'webhooks-not-silent' } })
    expect((await names()).filter((name) => name?.startsWith('kuma-'))).toHaveLength(6)
  })
})
