import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Cluster, ClusterCheckReport } from '../../../contract/cluster.js'
import type { Adapter } from '../../../contract/mesh.js'
import { type ServerApi, serverApi, waitFor } from '../../support/running-server.js'
import { clusterTest } from '../cluster-test.js'
import { runOperation } from '../meshes/with-mesh.js'
import { type NodeCluster, startNodeCluster } from '../node-cluster.js'
import { testbedImages } from './testbed-images.js'

const describe = clusterTest('node', import.meta.url)
const dataDir = '/data/meshwright'
const port = 7878

describe('Meshwright in a pod, from our own image', () => {
  let node: NodeCluster
  let api: ServerApi
  beforeAll(async () => {
    node = await startNodeCluster({ images: ['meshwright'] })
    await node.kubectl(['apply', '--filename=-'], { input: JSON.stringify(pod) })
    await node.kubectl(['wait', '--for=condition=Ready', 'pod/meshwright', '--timeout=60s'], { timeoutMs: 70_000 })
    const ip = await node.kubectl(['get', 'pod/meshwright', '--output=jsonpath={.status.podIP}'])
    api = serverApi({ url: `http://${ip}:${port}`, token: await inPod('node', '--print', `fs.readFileSync('${dataDir}/token', 'utf8')`) })
  })
  afterAll(() => node?.stop())

  const inPod = (...argv: string[]) => node.kubectl(['exec', 'pod/meshwright', '--', ...argv])

  it('answers other machines only with its token', async () => {
    expect((await api.get<{ version: string }>('/api/v1/version')).version).toMatch(/^\d+\.\d+\.\d+$/)
    const ip = await node.kubectl(['get', 'pod/meshwright', '--output=jsonpath={.status.podIP}'])
    expect((await serverApi({ url: `http://${ip}:${port}`, token: 'guessed' }).call('GET', '/api/v1/clusters')).status).toBe(401)
  })

  it('starts each of its adapters', async () => {
    const { items } = await api.get<{ items: Adapter[] }>('/api/v1/adapters')
    expect(items.map(({ mesh }) => mesh)).toEqual(expect.arrayContaining(['istio', 'kubernetes']))
    for (const { mesh } of items) {
      expect(await api.post<Adapter>(`/api/v1/adapters/${mesh}/ping`, {})).toMatchObject({ mesh, state: 'serving' })
    }
  })

  it('changes the cluster that it runs in, by an operation', async () => {
    const cluster = await api.post<Cluster>('/api/v1/clusters', { name: 'home', kubeconfig: node.kubeconfigText })
    const report = await api.post<ClusterCheckReport>(`/api/v1/clusters/${cluster.id}/check`, {})
    expect(report.checks.map(({ check, result }) => `${check} ${result}`)).toEqual(['reach ok', 'auth ok', 'permissions ok', 'version ok'])
    const manifests = JSON.stringify({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'made', namespace: 'default' },
      data: { by: 'us' },
    })
    await runOperation(api, { cluster: cluster.id, mesh: 'kubernetes', action: 'apply-manifests', params: { manifests }, confirm: true })
    expect(await node.kubectl(['get', 'configmap/made', '--output=jsonpath={.data.by}'])).toBe('us')
  })

  it('has the command line, the simulated cluster and helm in it', async () => {
    await inPod('node', '/opt/meshwright/dist/cli/main.js', 'cluster', 'add', 'play', '--sandbox')
    const { items } = await api.get<{ items: Cluster[] }>('/api/v1/clusters')
    const play = items.find(({ name }) => name === 'play')
    await waitFor(
      () => api.get<Cluster>(`/api/v1/clusters/${play?.id}`),
      ({ state }) => state === 'live',
    )
    expect(await inPod('helm', 'version', '--short')).toMatch(/^v4\.3\.1/)
  })
})

// On an address that others reach, the server wants a token and to be told its own name.
const podIp = { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }
const settings = {
  MESHWRIGHT_HOST: '$(POD_IP)',
  MESHWRIGHT_PUBLIC_URL: `http://$(POD_IP):${port}`,
  MESHWRIGHT_AUTH: 'token',
  MESHWRIGHT_DATA_DIR: dataDir,
}

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'meshwright', namespace: 'default' },
  spec: {
    terminationGracePeriodSeconds: 2,
    automountServiceAccountToken: false,
    containers: [
      {
        name: 'server',
        image: testbedImages.meshwright.reference,
        env: [podIp, ...Object.entries(settings).map(([name, value]) => ({ name, value }))],
        securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        readinessProbe: { httpGet: { path: '/readyz', port }, periodSeconds: 1 },
        volumeMounts: [{ name: 'data', mountPath: '/data' }],
      },
    ],
    volumes: [{ name: 'data', emptyDir: {} }],
  },
}
