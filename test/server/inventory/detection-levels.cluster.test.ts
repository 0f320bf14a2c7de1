import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Cluster } from '../../../contract/cluster.js'
import type { Installation, NamespaceMembership } from '../../../contract/installation.js'
import { startApiCluster } from '../../cluster/api-cluster.js'
import { toolPath } from '../../cluster/binaries/tool-path.js'
import { clusterTest } from '../../cluster/cluster-test.js'
import { startKwokCluster } from '../../cluster/kwok-cluster.js'
import { startMeshServer } from '../../cluster/meshes/with-mesh.js'
import { startNodeCluster } from '../../cluster/node-cluster.js'
import { runCommand } from '../../cluster/run-command.js'
import type { TestCluster } from '../../cluster/test-cluster.js'
import { endAll } from '../../support/end-all.js'
import { findShared } from '../../support/missing-tool.js'
import { type RunningServer, waitFor } from '../../support/running-server.js'

interface Items<Item> {
  items: Item[]
}

const soon = { timeout: 60_000, interval: 500 }
const charts = join(findShared() ?? '', 'charts')
// Two revisions of Istio, and two more meshes beside them. No hooks and no waiting: on the first level no pod ever runs.
const releases = [
  { release: 'istio-base', chart: 'base-1.30.3', namespace: 'istio-system', set: [] },
  { release: 'istiod', chart: 'istiod-1.30.3', namespace: 'istio-system', set: [] },
  { release: 'istiod-canary', chart: 'istiod-1.29.6', namespace: 'istio-system', set: ['revision=canary'] },
  { release: 'istio-ingress', chart: 'gateway-1.30.3', namespace: 'istio-ingress', set: [] },
  { release: 'osm', chart: 'osm-1.2.4', namespace: 'osm-system', set: ['osm.deployPrometheus=true', 'osm.deployGrafana=true'] },
  { release: 'kuma', chart: 'kuma-2.14.3', namespace: 'kuma-system', set: [] },
]

clusterTest('node', import.meta.url)('what is found in a cluster', () => {
  clusterTest('kwok', import.meta.url)('of each level', () => {
    let server: RunningServer
    let levels: { name: string; cluster: TestCluster; id: string }[] = []

    beforeAll(async () => {
      server = await startMeshServer()
      const starts = { api: startApiCluster, kwok: startKwokCluster, node: startNodeCluster }
      for (const [name, start] of Object.entries(starts)) {
        const cluster = await start()
        levels.push({ name, cluster, id: '' })
        await applyFixtures(cluster)
      }
      levels = await Promise.all(levels.map(async (level) => ({ ...level, id: await connect(server, level) })))
      for (const { id } of levels) {
        await waitFor(
          () => server.get<Cluster>(`/api/v1/clusters/${id}`),
          ({ state }) => state === 'live',
        )
      }
    })
    afterAll(() => endAll(server, ...levels.map(({ cluster }) => cluster)))

    const idOf = (name: string) => levels.find((level) => level.name === name)?.id ?? ''
    const found = async (id: string) => {
      const { items } = await server.get<Items<Installation>>(`/api/v1/installations?cluster=${id}`)
      return items.map(withoutChance)
    }
    const members = async (id: string) => {
      const { items } = await server.get<Items<NamespaceMembership>>(`/api/v1/namespaces?cluster=${id}`)
      const asked = items.filter(({ desired, injected }) => desired !== 'unset' || injected > 0)
      return asked.map(({ namespace, mesh, desired, injected, total, needsRestart }) =>
        [namespace, mesh, desired, `${injected} of ${total},`, `${needsRestart} to restart`].join(' '),
      )
    }

    it.each(['api', 'kwok', 'node'])('is the same on %s: meshes, revisions, versions, components, installers, members', async (name) => {
      await vi.waitFor(async () => expect(await found(idOf(name))).toEqual(expected), soon)
      expect((await members(idOf(name))).sort()).toEqual(expectedMembers)
    })

    it('differs in one thing: what runs, and only there', async () => {
      const health = async (name: string) => {
        const { items } = await server.get<Items<Installation>>(`/api/v1/installations?cluster=${idOf(name)}`)
        return items.map((item) => `${item.mesh} ${item.revision} ${item.health}`).sort()
      }
      const all = (state: string) => [`istio canary ${state}`, `istio default ${state}`, `kuma default ${state}`, `osm default ${state}`]
      await vi.waitFor(async () => expect(await health('kwok')).toEqual(all('healthy')), soon)
      expect(await health('api')).toEqual(all('down'))
      // Its images cannot be had here.
      expect(await health('node')).toEqual(all('down'))
    })
  })
})

clusterTest('istioctl', import.meta.url)('Istio that istioctl installed', () => {
  it('is shown with its version, and not acted on', async () => {
    await using cluster = await startKwokCluster()
    await using server = await startMeshServer()
    const istioctl = [toolPath('istioctl'), 'install', '--skip-confirmation', '--set=profile=minimal']
    await runCommand(istioctl, { KUBECONFIG: cluster.kubeconfig, HOME: cluster.logs }, { timeoutMs: 120_000 })
    const { id } = await server.post<Cluster>('/api/v1/clusters', { name: 'kwok', kubeconfig: cluster.kubeconfigText })
    const { items } = await waitFor(
      () => server.get<Items<Installation>>(`/api/v1/installations?cluster=${id}`),
      ({ items: [istio] }) => istio?.health === 'healthy',
    )
    expect(items).toMatchObject([{ mesh: 'istio', namespace: 'istio-system', revision: 'default', installer: 'istioctl', managed: false }])
    expect(items[0]?.unmanagedReason).toContain('istioctl')
  })
})

async function applyFixtures(cluster: TestCluster): Promise<void> {
  const list = { apiVersion: 'v1', kind: 'List', items: workloads.flatMap(objectsOf) }
  await cluster.kubectl(['apply', '--filename=-'], { input: JSON.stringify(list) })
  for (const { release, chart, namespace, set } of releases) {
    const where = [`--namespace=${namespace}`, '--create-namespace', '--no-hooks', ...set.map((value) => `--set=${value}`)]
    await cluster.helm(['install', release, join(charts, `${chart}.tgz`), ...where], { timeoutMs: 90_000 })
    // Only on the second level does anybody answer them: elsewhere no pod that asks for a sidecar could be made, the gateway's neither.
    await cluster.kubectl(['delete', 'mutatingwebhookconfigurations,validatingwebhookconfigurations', '--all'])
  }
}

async function connect(server: RunningServer, { name, cluster }: { name: string; cluster: TestCluster }): Promise<string> {
  const { id } = await server.post<Cluster>('/api/v1/clusters', { name, kubeconfig: cluster.kubeconfigText })
  return id
}

/** Without what chance or the level decides: identifiers, names and state of pods, the time. */
function withoutChance({ mesh, namespace, revision, version, installer, managed, components, dataPlane }: Installation) {
  const parts = components.map((part) => [part.namespace, part.component, part.role, part.version, part.versionSource].join(' '))
  return { mesh, namespace, revision, version, installer, managed, components: parts.sort(), dataPlane }
}

interface Workload {
  readonly namespace: string
  readonly marks?: object
  readonly pod?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  /** Image of the sidecar by its container's name; without one the pod is not in a mesh. */
  readonly sidecar?: { name: string; image: string }
}

const istioPod = (revision: string) => ({ labels: { 'istio.io/rev': revision }, annotations: { 'sidecar.istio.io/status': '{}' } })
const istioSidecar = (version: string) => ({ name: 'istio-proxy', image: `docker.io/istio/proxyv2:${version}` })
const workloads: readonly Workload[] = [
  { namespace: 'shop', marks: { labels: { 'istio-injection': 'enabled' } }, pod: istioPod('default'), sidecar: istioSidecar('1.30.3') },
  { namespace: 'cart', marks: { labels: { 'istio.io/rev': 'canary' } }, pod: istioPod('canary'), sidecar: istioSidecar('1.29.6') },
  { namespace: 'late', marks: { labels: { 'istio-injection': 'enabled' } } },
  {
    namespace: 'books',
    marks: { labels: { 'kuma.io/sidecar-injection': 'enabled' } },
    pod: { annotations: { 'kuma.io/sidecar-injected': 'true' } },
    sidecar: { name: 'kuma-sidecar', image: 'docker.io/kumahq/kuma-dp:2.14.3' },
  },
  {
    namespace: 'bank',
    marks: { labels: { 'openservicemesh.io/monitored-by': 'osm' } },
    pod: { labels: { 'osm-proxy-uuid': '5fdd8b9d-a5a2-4b9a-a2bd-9b6d8f1a2c11' } },
    sidecar: { name: 'envoy', image: 'envoyproxy/envoy:v1.19.3' },
  },
  { namespace: 'plain' },
]

function objectsOf({ namespace, marks = {}, pod = {}, sidecar }: Workload): object[] {
  const containers = [{ name: 'app', image: 'localhost/app:1' }, ...(sidecar ? [sidecar] : [])]
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, ...marks } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app', namespace },
      spec: {
        selector: { matchLabels: { app: 'app' } },
        template: {
          metadata: { ...pod, labels: { app: 'app', ...pod.labels } },
          spec: { serviceAccountName: 'app', containers },
        },
      },
    },
  ]
}

const expected = [
  {
    ...{ mesh: 'istio', namespace: 'istio-system', revision: 'canary', version: '1.29.6', installer: 'helm', managed: true },
    components: ['istio-system istiod control-plane 1.29.6 label app.kubernetes.io/version'],
    dataPlane: { pods: 1, injected: 1, byVersion: { '1.29.6': 1 } },
  },
  {
    ...{ mesh: 'istio', namespace: 'istio-system', revision: 'default', version: '1.30.3', installer: 'helm', managed: true },
    components: [
      'istio-ingress istio-ingress gateway 1.30.3 label app.kubernetes.io/version',
      'istio-system istiod control-plane 1.30.3 label app.kubernetes.io/version',
    ],
    dataPlane: { pods: 2, injected: 1, byVersion: { '1.30.3': 1 } },
  },
  {
    ...{ mesh: 'kuma', namespace: 'kuma-system', revision: 'default', version: '2.14.3', installer: 'helm', managed: true },
    components: ['kuma-system kuma-control-plane control-plane 2.14.3 image of control-plane'],
    dataPlane: { pods: 1, injected: 1, byVersion: { '2.14.3': 1 } },
  },
  {
    ...{ mesh: 'osm', namespace: 'osm-system', revision: 'default', version: '1.2.4', installer: 'helm', managed: true },
    components: [
      'osm-system grafana add-on 8.2.2 image of grafana',
      'osm-system osm-bootstrap control-plane 1.2.4 label app.kubernetes.io/version',
      'osm-system osm-controller control-plane 1.2.4 label app.kubernetes.io/version',
      'osm-system osm-injector control-plane 1.2.4 label app.kubernetes.io/version',
      'osm-system prometheus add-on 2.34.0 image of prometheus',
    ],
    // The tag of the sidecar's image is Envoy's, not the mesh's.
    dataPlane: { pods: 1, injected: 1, byVersion: { unknown: 1 } },
  },
]

/** Namespaces that ask for a mesh or have somebody in it. */
const expectedMembers = [
  'bank osm in 1 of 1, 0 to restart',
  'books kuma in 1 of 1, 0 to restart',
  'cart istio in 1 of 1, 0 to restart',
  'late istio in 0 of 1, 1 to restart',
  'shop istio in 1 of 1, 0 to restart',
]
