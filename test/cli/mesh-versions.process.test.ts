import { expect, it } from 'vitest'
import type { Cluster } from '../../contract/cluster.js'
import type { MeshVersion } from '../../contract/mesh.js'
import { runCli } from '../support/run-cli.js'
import { startScriptedApi } from '../support/scripted-api.js'

const at = '2026-11-25T12:00:00.000Z'
const cluster: Cluster = {
  ...{ id: '019ab000-0000-7000-8000-000000000001', name: 'lab', server: 'https://127.0.0.1:6443', source: 'upload', scope: 'cluster' },
  ...{ simulated: false, state: 'live', since: at, kinds: [], createdAt: at, updatedAt: at },
}
const version: MeshVersion = {
  ...{ version: '1.30.3', channel: 'stable', components: [], kubernetesRequired: '>=1.32.0', kubernetesTested: '1.32.x - 1.36.x' },
  ...{ releasedOn: '2026-07-16', endOfLife: false, newestPatch: true },
  marks: [{ code: 'newest-patch', level: 'good', title: 'Newest patch', text: 'The newest patch of 1.30 that we know.' }],
}
const forCluster: MeshVersion['marks'] = [{ code: 'installed', level: 'good', title: 'Installed', text: 'It is there.' }, ...version.marks]

it('mesh versions says of each what the server says of it, and for a cluster when one is named', async () => {
  const api = await startScriptedApi({
    'GET /clusters': { items: [cluster] },
    [`GET /clusters/${cluster.id}`]: cluster,
    'GET /meshes/istio/versions': (query: URLSearchParams) => ({
      items: [query.get('cluster') === cluster.id ? { ...version, marks: forCluster } : version],
    }),
  })
  const meshwright = (...args: string[]) =>
    runCli(['mesh', 'versions', 'istio', '--server', api.url, ...args], { environment: { MESHWRIGHT_TOKEN: 't' } })
  expect((await meshwright()).stdout).toMatch(/MARKS\n1\.30\.3 .* Newest patch\n$/)
  expect((await meshwright('--cluster', 'lab')).stdout).toMatch(/ Installed, Newest patch\n$/)
  api.stop()
})
