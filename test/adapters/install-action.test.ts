import { expect, it } from 'vitest'
import { istioCharts } from '../../adapters/istio/istio-charts.js'
import { linkerdCharts } from '../../adapters/linkerd/linkerd-charts.js'
import { AdapterError } from '../../adapters/runtime/adapter-error.js'
import { adoptAction } from '../../adapters/runtime/adopt-action.js'
import type { ClusterSession } from '../../adapters/runtime/cluster-session.js'
import { helmReleaseTool } from '../../adapters/runtime/helm-release-tool.js'
import { installAction } from '../../adapters/runtime/install-action.js'
import type { Call, Scene } from '../../adapters/runtime/mesh-adapter.js'
import { recoverOperation } from '../../adapters/runtime/recover-operation.js'
import { connectWithToken } from '../../kube/connection.js'

const call: Call = {
  action: 'install',
  version: '1.30.3',
  target: { cluster: 'c', installation: '', namespace: '', revision: '' },
  parameters: {},
}

it('an interrupted install is compared with the cluster when helm is away: an empty cluster is not a finished install', async () => {
  await using session = emptyCluster()
  const scene = offlineScene(session)
  const journal = [
    { key: 'base', state: 'running' },
    { key: 'istiod', state: 'pending' },
  ]
  const answer = await recoverOperation({ journal, requested: [] }, () => installAction(istioCharts).prepare(call, scene))
  expect(answer).toMatchObject({ state: 'clean', resumeFrom: 'base' })
  expect(answer.missing).toHaveLength(2)
})

it('what a mesh sends home is turned off in the values that an offline install brings', async () => {
  await using session = emptyCluster()
  const linkerd = installAction(linkerdCharts)
  const { inputs, findings } = await linkerd.prepare({ ...call, version: '2026.8.3' }, { ...offlineScene(session), operation: '' })
  expect(inputs).toMatchObject([{ name: 'crds' }, { name: 'control-plane', values: { disableHeartBeat: true } }])
  expect(findings.map(({ code }) => code)).toContain('phone-home-off')
})

it('what a mesh sends home is told by an offline adoption too, which leaves values as they are', async () => {
  await using session = emptyCluster()
  const { findings } = await adoptAction(linkerdCharts).prepare({ ...call, action: 'adopt', version: '2026.8.3' }, offlineScene(session))
  expect(findings.filter(({ code }) => code.startsWith('phone'))).toMatchObject([
    { code: 'phones-home', cause: 'Meshwright is offline, and this leaves values as they are given.' },
  ])
})

it('values of the wrong type are refused before a chart sees them', async () => {
  await using session = emptyCluster()
  const parameters = { components: { istiod: { values: { replicaCount: 'many' } } } }
  const { findings } = await installAction(istioCharts).prepare({ ...call, parameters }, { ...offlineScene(session), operation: '' })
  expect(findings.map(({ code }) => code)).toContain('value-of-wrong-type')
})

function offlineScene(session: ClusterSession): Scene {
  const away = () => Promise.reject(new AdapterError('helm-missing', 'helm 4 is needed for this.'))
  return {
    session,
    releases: helmReleaseTool({
      helm: { find: away, run: away },
      charts: {
        find: async ({ chart, version }) => ({ chart, version, file: '', digest: '', origin: '', repository: '', reference: '' }),
        list: async () => new Map(),
      },
    }),
    signal: new AbortController().signal,
    offline: true,
    operation: 'op',
  }
}

function emptyCluster(): ClusterSession {
  const connection = connectWithToken({ url: 'https://127.0.0.1:1', ca: '', token: '' })
  return {
    connection,
    ...{ namespaces: [], simulated: false, folder: '', kubeconfig: '' },
    version: async () => '1.36.0',
    resources: async () => [],
    resource: async () => undefined,
    forgetResources: () => undefined,
    get: async () => undefined,
    list: async () => [],
    pages: async function* () {},
    [Symbol.asyncDispose]: () => connection.close(),
  }
}
