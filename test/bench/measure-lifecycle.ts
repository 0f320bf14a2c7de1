import { join } from 'node:path'
import type { Cluster } from '../../contract/cluster.js'
import { startKwokCluster } from '../cluster/kwok-cluster.js'
import { startMeshServer } from '../cluster/meshes/with-mesh.js'
import { deleteDefinitions } from '../cluster/support/delete-definitions.js'
import type { TestCluster } from '../cluster/test-cluster.js'
import { findShared } from '../support/missing-tool.js'
import { residentMiB } from '../support/process-memory.js'
import { childrenNamed } from '../support/processes.js'
import { timed } from './figures.js'
import { planAndInstall } from './plan-and-install.js'

/** A mesh by its charts, and the same by hand: the values are those that our catalogue gives. */
export interface MeshByCharts {
  readonly mesh: string
  readonly version: string
  readonly releases: readonly { chart: string; release: string; namespace: string; values: object }[]
}

export interface LifecycleSamples {
  readonly planMs: number[]
  readonly oursMs: number[]
  readonly byHandMs: number[]
  /** Resident, after its last operation. */
  adapterMiB: number
}

/**
 * A mesh planned and installed through us, and by `helm upgrade --install --wait` of the same charts with the same values, in
 * turn on one API server whose pods only look as if they ran: what is compared is what we add to helm.
 */
export async function measureLifecycle(wanted: MeshByCharts, rounds: number): Promise<LifecycleSamples> {
  const charts = join(findShared() ?? '', 'charts')
  await using kwok = await startKwokCluster({ webhooks: 'left-out' })
  await using server = await startMeshServer({ environment: { MESHWRIGHT_LOG_LEVEL: 'warn' } })
  const cluster = await server.post<Cluster>('/api/v1/clusters', { name: wanted.mesh, kubeconfig: kwok.kubeconfigText })
  const samples: LifecycleSamples = { planMs: [], oursMs: [], byHandMs: [], adapterMiB: 0 }
  // One round that is not counted: the chart cache is filled.
  for (let round = 0; round <= rounds; round++) {
    const ours = async () => {
      const { planMs, installMs } = await planAndInstall(server, { cluster: cluster.id, mesh: wanted.mesh, version: wanted.version })
      if (round === 0) return
      samples.planMs.push(planMs)
      samples.oursMs.push(installMs)
    }
    const byHand = async () => {
      const ms = await timed(() => installByHand(kwok, charts, wanted))
      if (round > 0) samples.byHandMs.push(ms)
    }
    for (const install of round % 2 === 0 ? [ours, byHand] : [byHand, ours]) {
      await install()
      samples.adapterMiB = Math.max(0, ...(await childrenNamed(server.pid, 'node')).map(residentMiB))
      await remove(kwok, wanted)
    }
  }
  return samples
}

async function installByHand(kwok: TestCluster, charts: string, { version, releases }: MeshByCharts): Promise<void> {
  for (const { chart, release, namespace, values } of releases) {
    const flags = [`--namespace=${namespace}`, '--create-namespace', '--wait', '--values=-']
    await kwok.helm(['upgrade', '--install', release, join(charts, `${chart}-${version}.tgz`), ...flags], { input: JSON.stringify(values) })
  }
}

async function remove(kwok: TestCluster, { releases }: MeshByCharts): Promise<void> {
  for (const { release, namespace } of releases.toReversed())
    await kwok.helm(['uninstall', release, '--namespace', namespace, '--ignore-not-found', '--wait'])
  const namespaces = [...new Set(releases.map(({ namespace }) => namespace))]
  await kwok.kubectl(['delete', 'namespace', ...namespaces, '--ignore-not-found', '--wait'])
  await deleteDefinitions(kwok)
}
