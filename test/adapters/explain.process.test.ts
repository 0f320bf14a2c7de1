import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ExplainRequest, ExplainResponse, Grant } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { Body, ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { type AdapterUnderTest, problemOf, startAdapter } from './adapter-under-test.js'

// Injection works here as the webhooks say; the API is the simulated one.
describe('Why a pod is in a mesh or not', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let istio: AdapterUnderTest
  let kuma: AdapterUnderTest

  beforeAll(async () => {
    ;[istio, kuma] = await Promise.all([startAdapter({ mesh: 'istio' }), startAdapter({ mesh: 'kuma' })])
  })
  beforeEach(async () => {
    sandbox = await startSandbox('three-meshes')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    await settled('shop', 5, 'istio-proxy')
    await settled('batch', 4, 'kuma-sidecar')
    await api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'lab' } })
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([istio?.[Symbol.asyncDispose](), kuma?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const app = { containers: [{ name: 'app', image: 'example.com/app:1' }] }
  const deploy = async (name: string, { labels = {}, spec = {} }: { labels?: Record<string, string>; spec?: object } = {}) => {
    await api.create('/apis/apps/v1/namespaces/lab/deployments', {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name } },
      spec: {
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name, ...labels } }, spec: { ...app, ...spec } },
      },
    })
    await api.until('/api/v1/namespaces/lab/pods', ({ body }) => body.items.some((pod: Body) => pod.metadata.labels?.app === name))
  }
  const containersOf = (pod: Body): string[] =>
    [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].map(({ name }: { name: string }) => name)
  const settled = (namespace: string, count: number, proxy: string) =>
    api.until(`/api/v1/namespaces/${namespace}/pods`, ({ body }) => {
      const pods: Body[] = body.items ?? []
      return pods.length === count && pods.every((pod) => containersOf(pod).includes(proxy) && pod.status?.phase === 'Running')
    })
  const podOf = async (namespace: string): Promise<string> =>
    (await api.get(`/api/v1/namespaces/${namespace}/pods`)).body.items[0].metadata.name
  const label = (namespace: string, labels: Record<string, string | null>) =>
    api.ask('PATCH', `/api/v1/namespaces/${namespace}`, { body: { metadata: { labels } }, type: 'application/merge-patch+json' })
  const explain = (adapter: AdapterUnderTest, target: Partial<ExplainRequest>) => adapter.explain(grant, target)
  const codes = ({ reasons }: ExplainResponse) => reasons.map(({ code }) => code)
  const reason = ({ reasons }: ExplainResponse, code: string) => reasons.find((each) => each.code === code)
  /** Every pod with its version: what a dry run must not change. */
  const listing = async () =>
    (await api.get('/api/v1/pods')).body.items.map(
      ({ metadata }: Body) => `${metadata.namespace}/${metadata.name} ${metadata.resourceVersion}`,
    )

  it('says of a member which mark, which webhook and which container make it one, and makes nothing by its dry run', async () => {
    const before = await listing()
    const answer = await explain(istio, { namespace: 'shop', pod: await podOf('shop') })
    expect(answer).toMatchObject({
      verdict: 'in-mesh',
      inMesh: true,
      summary: expect.stringMatching(/^Pod shop\/\S+ is in the mesh \(Istio\)\.$/),
    })
    expect(answer.workload).toMatch(/^Deployment\//)
    expect(codes(answer)).toEqual(['namespace-mark', 'pod-unmarked', 'webhook-asked', 'webhook-not-asked', 'dry-run-sidecar', 'pod-in'])
    expect(reason(answer, 'namespace-mark')?.message).toBe('Namespace shop asks to be in Istio: istio-injection=enabled.')
    expect(reason(answer, 'webhook-not-asked')?.cause).toContain('label istio.io/rev is not set on namespace shop')
    expect(reason(answer, 'dry-run-sidecar')?.message).toMatch(
      /Istio adds containers: .*istio-proxy \(docker\.io\/istio\/proxyv2:1\.30\.3\)/,
    )
    expect(await listing()).toEqual(before)
  })

  it('names the failing term of each selector for a pod that nobody asked about', async () => {
    await deploy('web')
    const answer = await explain(istio, { namespace: 'lab', workload: 'Deployment/web' })
    expect(answer).toMatchObject({ verdict: 'not-in-mesh', inMesh: false, workload: 'Deployment/web' })
    expect(codes(answer)).toEqual(['namespace-unmarked', 'pod-unmarked', 'webhook-not-asked', 'dry-run-nothing', 'pod-out'])
    expect(reason(answer, 'webhook-not-asked')?.cause).toContain('label istio-injection is not set on namespace lab')
    expect(reason(answer, 'webhook-not-asked')?.remedy).toContain('meshwright mesh join istio lab')
  })

  it('says that a pod which is older than the mark needs a restart, and how', async () => {
    await deploy('web')
    await label('lab', { 'istio-injection': 'enabled' })
    const answer = await explain(istio, { namespace: 'lab', pod: await podOf('lab') })
    expect(answer).toMatchObject({ verdict: 'after-restart', inMesh: false, summary: expect.stringContaining('will be after a restart') })
    expect(reason(answer, 'restart-needed')).toMatchObject({
      message: 'A new pod would be in the mesh; this one was made before that was so.',
      remedy: 'Restart it: kubectl rollout restart deployment/web -n lab',
    })
  })

  it('says that a member would not be one after a restart when the mark is gone', async () => {
    await label('shop', { 'istio-injection': null })
    const answer = await explain(istio, { namespace: 'shop', pod: await podOf('shop') })
    expect(answer).toMatchObject({ verdict: 'in-mesh', summary: expect.stringContaining('; a new one would not be.') })
    expect(reason(answer, 'restart-needed')?.message).toContain('out of the mesh')
  })

  it("lets the pod's own mark beat that of its namespace, and says so", async () => {
    await label('lab', { 'istio-injection': 'enabled' })
    await deploy('web', { labels: { 'sidecar.istio.io/inject': 'false' } })
    const answer = await explain(istio, { namespace: 'lab', pod: await podOf('lab') })
    expect(answer.verdict).toBe('not-in-mesh')
    expect(reason(answer, 'pod-mark')?.message).toBe(
      'The template of Deployment lab/web asks to be out of Istio: sidecar.istio.io/inject=false. That beats the namespace.',
    )
    expect(reason(answer, 'webhook-not-asked')?.cause).toContain('label sidecar.istio.io/inject is "false" on the pod')
  })

  it('names the network of the node as a reason', async () => {
    await deploy('web', { spec: { hostNetwork: true } })
    expect(codes(await explain(istio, { namespace: 'lab', workload: 'Deployment/web' }))).toContain('host-network')
  })

  it('names two meshes that would both take a pod in', async () => {
    await deploy('web')
    await label('lab', { 'istio-injection': 'enabled', 'kuma.io/sidecar-injection': 'enabled' })
    const answers = await Promise.all([istio, kuma].map((adapter) => explain(adapter, { namespace: 'lab', workload: 'Deployment/web' })))
    expect(answers.map((answer) => reason(answer, 'two-injectors')?.message)).toEqual([
      'Two meshes take such a pod in: Istio and Kuma.',
      'Two meshes take such a pod in: Kuma and Istio.',
    ])
    expect(answers.map((answer) => codes(answer).includes('another-mesh-asked'))).toEqual([true, true])
  })

  it('says that a pod would be refused, in the words of the API server, while the injector is away', async () => {
    await deploy('web')
    await label('lab', { 'istio-injection': 'enabled' })
    const scale = { body: { spec: { replicas: 0 } }, type: 'application/merge-patch+json' }
    await api.ask('PATCH', '/apis/apps/v1/namespaces/istio-system/deployments/istiod', scale)
    await api.until('/api/v1/namespaces/istio-system/pods', ({ body }) => body.items.length === 0)
    const answer = await explain(istio, { namespace: 'lab', pod: await podOf('lab') })
    expect(answer).toMatchObject({ verdict: 'refused', summary: expect.stringContaining('would be refused if it were made anew') })
    expect(reason(answer, 'dry-run-refused')?.cause).toMatch(/failed calling webhook .* no endpoints available for service "istiod"/)
    const member = await explain(istio, { namespace: 'shop', pod: await podOf('shop') })
    expect(member).toMatchObject({ verdict: 'in-mesh', summary: expect.stringContaining('; a new one would be refused.') })
  })

  it('tries a pod that nothing makes without what an injector left in it', async () => {
    await label('lab', { 'istio-injection': 'enabled' })
    await api.create('/api/v1/namespaces/lab/pods', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'alone' }, spec: app })
    await label('lab', { 'istio-injection': null })
    const answer = await explain(istio, { namespace: 'lab', pod: 'alone' })
    expect(answer).toMatchObject({ verdict: 'in-mesh', workload: '', summary: expect.stringContaining('; a new one would not be.') })
    expect(reason(answer, 'dry-run-nothing')).toBeDefined()
    expect(reason(answer, 'restart-needed')?.remedy).toBe('Make it anew when it suits: nothing replaces it.')
  })

  it('says of a pod of the control plane that it is no member, and knows what is not there', async () => {
    const answer = await explain(istio, { namespace: 'istio-system', workload: 'Deployment/istiod' })
    expect([answer.verdict, codes(answer)]).toEqual(['not-in-mesh', ['part-of-mesh']])
    expect(await problemOf(explain(istio, { namespace: 'lab', pod: 'gone' }))).toMatchObject({
      reason: 'NOT_FOUND',
      title: 'There is no pod lab/gone.',
    })
    expect(await problemOf(explain(istio, { namespace: 'lab', workload: 'Service/web' }))).toMatchObject({ reason: 'INVALID_PARAMETERS' })
  })
})
