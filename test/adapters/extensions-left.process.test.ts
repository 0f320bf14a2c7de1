import { gzipSync } from 'node:zlib'
import { Agent } from 'undici'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Grant, Severity } from '../../proto/gen/meshwright/adapter/v1/adapter.js'
import type { ContractClient } from '../cluster/contract/contract-client.js'
import { sandboxClient } from '../sandbox/fill-sandbox.js'
import { type RunningSandbox, startSandbox } from '../sandbox/sandbox-under-test.js'
import { callOf } from './adapter-contract.js'
import { type AdapterUnderTest, startAdapter } from './adapter-under-test.js'

// Releases and workloads as helm and the linkerd command leave them; the API is the simulated one, and no Linkerd runs.
describe('An uninstall of Linkerd', () => {
  const dispatcher = new Agent()
  let sandbox: RunningSandbox
  let api: ContractClient
  let grant: Grant
  let linkerd: AdapterUnderTest

  beforeAll(async () => {
    linkerd = await startAdapter({ mesh: 'linkerd' })
  })
  beforeEach(async () => {
    sandbox = await startSandbox('empty')
    api = sandboxClient(sandbox, dispatcher)
    grant = { url: sandbox.url, caPem: '', token: sandbox.token, expiresAt: undefined, namespaces: [], simulated: true }
    await Promise.all([namespace('linkerd'), namespace('linkerd-viz', 'viz')])
    const plane = { 'linkerd.io/control-plane-component': 'destination', 'linkerd.io/control-plane-ns': 'linkerd' }
    await release('linkerd', 'linkerd-control-plane')
    await deploy('linkerd', 'linkerd-destination', { labels: plane, release: 'linkerd-control-plane' })
  })
  afterEach(() => sandbox?.stop())
  afterAll(async () => {
    await Promise.all([linkerd?.[Symbol.asyncDispose](), dispatcher.close()])
  })

  const namespace = (name: string, extension?: string) => {
    const labels = extension === undefined ? {} : { 'linkerd.io/extension': extension }
    return api.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } })
  }
  const release = (where: string, name: string, chart = name) => {
    const payload = JSON.stringify({ chart: { metadata: { name: chart, version: '2026.8.3' } } })
    return api.create(`/api/v1/namespaces/${where}/secrets`, {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'helm.sh/release.v1' },
      metadata: { name: `sh.helm.release.v1.${name}.v1`, labels: { owner: 'helm', name, status: 'deployed', version: '1' } },
      data: { release: Buffer.from(gzipSync(payload).toString('base64')).toString('base64') },
    })
  }
  const deploy = (where: string, name: string, { labels, release: of }: { labels: Record<string, string>; release?: string }) => {
    const annotations = of === undefined ? {} : { 'meta.helm.sh/release-name': of, 'meta.helm.sh/release-namespace': where }
    const spec = { containers: [{ name: 'app', image: 'example.com/app:1' }] }
    return api.create(`/apis/apps/v1/namespaces/${where}/deployments`, {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, labels, annotations } },
      spec: { selector: { matchLabels: { app: name } }, template: { metadata: { labels: { ...labels, app: name } }, spec } },
    })
  }
  const ofExtension = (extension: string) => ({ 'linkerd.io/extension': extension })
  const plan = async (members = 'keep') => {
    const planned = await linkerd.plan(callOf('uninstall', { parameters: { params: { members } } }), grant)
    return { steps: planned.of('step').map(({ key }) => key), left: planned.of('finding').filter(({ code }) => code === 'extension-left') }
  }

  it('takes an extension whose release it knows before the control plane, and asks nothing', async () => {
    await release('linkerd-viz', 'linkerd-viz')
    await deploy('linkerd-viz', 'tap', { labels: ofExtension('viz'), release: 'linkerd-viz' })
    await deploy('linkerd-viz', 'somebodys', { labels: {} })
    const { steps, left } = await plan()
    expect(steps.slice(-2)).toEqual(['viz', 'control-plane'])
    expect(left).toEqual([])
  })

  it('goes on where only the namespace of an extension is left', async () => {
    expect(await plan()).toMatchObject({ steps: expect.arrayContaining(['control-plane']), left: [] })
  })

  it.each(['keep', 'leave'])('refuses while a release of another chart is there, when members %s', async (members) => {
    await namespace('linkerd-multicluster', 'multicluster')
    await release('linkerd-multicluster', 'linkerd-multicluster')
    await deploy('linkerd-multicluster', 'linkerd-gateway', { labels: ofExtension('multicluster'), release: 'linkerd-multicluster' })
    await deploy('linkerd-multicluster', 'mirror-east', { labels: {} })
    expect((await plan(members)).left).toMatchObject([
      {
        severity: Severity.SEVERITY_ERROR,
        message:
          'The extension multicluster of Linkerd is still there: Deployment linkerd-multicluster/linkerd-gateway, Deployment linkerd-multicluster/mirror-east.',
        remedy: 'Uninstall it first (helm uninstall linkerd-multicluster --namespace linkerd-multicluster), then plan again.',
        object: { kind: 'Deployment', namespace: 'linkerd-multicluster', name: 'linkerd-gateway' },
      },
    ])
  })

  it('refuses while an extension of the linkerd command is there, in a namespace that says nothing too', async () => {
    await deploy('linkerd-viz', 'tap', { labels: ofExtension('viz') })
    await namespace('lab')
    await deploy('lab', 'collector', { labels: ofExtension('jaeger') })
    expect((await plan()).left.map(({ message, remedy }) => [message, remedy.includes('kubectl delete')])).toEqual([
      ['The extension jaeger of Linkerd is still there: Deployment lab/collector.', true],
      ['The extension viz of Linkerd is still there: Deployment linkerd-viz/tap.', true],
    ])
  })
})
